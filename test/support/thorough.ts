/** Whether every architecture of a long check is wanted, as `npm run check:exports` wants them. */
export const THOROUGH = process.env.TENAS_CHECK_EXPORTS === '1';
