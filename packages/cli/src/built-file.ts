import { fileURLToPath } from 'node:url';

/** The path of a file that the build of this package makes. @param name in the folder `dist` */
export function builtFile(name: string): string {
  return fileURLToPath(new URL(`../dist/${name}`, import.meta.url));
}
