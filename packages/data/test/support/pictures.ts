import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';

/** Writes pictures `0.png`, `1.png`, ... of one colour into folders below a root. @param red of the pictures of each folder */
export async function writePictures(root: string, folders: Readonly<Record<string, number>>, count = 2) {
  for (const [folder, red] of Object.entries(folders)) {
    await mkdir(join(root, folder), { recursive: true });
    for (let i = 0; i < count; i++) {
      await sharp({ create: { width: 8, height: 8, channels: 3, background: { r: red, g: i, b: 0 } } })
        .png()
        .toFile(join(root, folder, `${i}.png`));
    }
  }
}
