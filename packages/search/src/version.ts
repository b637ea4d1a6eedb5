/** Version of this package, for records. */
export const SEARCH_VERSION = '0.1.0';
