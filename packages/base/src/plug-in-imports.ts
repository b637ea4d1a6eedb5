import { register } from 'node:module';

/** Packages that a plug-in may import although they are installed with `tenas` and not beside the plug-in. */
const SHARED = /^(@tenas\/|zod(\/|$))/;

/** Runs in the thread where Node resolves imports: what is not found beside the importing file is looked for elsewhere. */
const HOOKS = `
let parentURL;
export function initialize(data) {
  parentURL = data.url;
}
const shared = ${SHARED};
export async function resolve(specifier, context, next) {
  try {
    return await next(specifier, context);
  } catch (error) {
    if (error?.code !== 'ERR_MODULE_NOT_FOUND' || !shared.test(specifier)) throw error;
    return await next(specifier, { ...context, parentURL });
  }
}`;

const known = new Set<string>();

/**
 * Lets modules anywhere import `zod` and the `@tenas/` packages: those beside the importing file where there are some, else
 * those that the module at `url` can import. So a plug-in is one file and needs no installation.
 */
export function resolveAlsoFrom(url: string): void {
  if (known.has(url)) return;
  known.add(url);
  register(`data:text/javascript,${encodeURIComponent(HOOKS)}`, { data: { url } });
}
