import * as py from '../../../packages/data/test/support/pickle-writer.js';

/** An .npy file of version 1. */
export function npy(code: string, shape: string, values: Uint8Array): Uint8Array {
  const header = `${`{'descr': '${code}', 'fortran_order': False, 'shape': (${shape}), }`.padEnd(117)}\n`;
  const head = Buffer.from(`\x93NUMPY\x01\x00${String.fromCharCode(header.length, 0)}${header}`, 'latin1');
  return Buffer.concat([head, values]);
}

const words = (...list: readonly string[]) => [
  py.EMPTY_LIST(),
  py.MARK(),
  ...list.map(py.word),
  py.APPENDS(),
];

/** An array of bytes, as NumPy 2 pickles it. */
export const pickledArray = (rows: number, columns: number): Uint8Array[] => [
  py.globalOf('numpy._core.numeric', '_frombuffer'),
  ...[py.MARK(), py.bytes(new Uint8Array(rows * columns).fill(7))],
  ...[py.globalOf('numpy', 'dtype'), py.word('u1'), py.TUPLE1(), py.REDUCE()],
  ...[py.int(rows), py.int(columns), py.TUPLE2(), py.word('C'), py.TUPLE(), py.REDUCE()],
];

/** A pickled dict of images and labels. */
export const pickledImages = (rows: number, columns: number, field: string): Uint8Array =>
  py.pickle(
    ...[py.EMPTY_DICT(), py.word('data'), ...pickledArray(rows, columns), py.SETITEM()],
    ...[py.word(field), py.EMPTY_LIST(), py.MARK()],
    ...Array.from({ length: rows }, (_, row) => py.int(row + 1)),
    ...[py.APPENDS(), py.SETITEM()],
  );

/** Pickles of several protocols and contents. */
export const pickles = (): Uint8Array[] => [
  pickledImages(3, 8, 'labels'),
  py.pickle(
    py.EMPTY_DICT(),
    py.MEMOIZE(),
    py.word('names'),
    ...words('a', 'b', 'c'),
    py.SETITEM(),
    py.get(0),
    py.TUPLE2(),
  ),
  py.pickle(...words('x'), py.put(3), py.get(3), py.get(3), py.TUPLE(), py.NONE()),
  Buffer.from(
    '\x80\x02}q\x00(U\x04dataq\x01K\x05U\x06labelsq\x02]q\x03(K\x01M\x00\x02J\xff\xff\xff\xffG?\xf0\x00\x00\x00\x00\x00\x00eu.',
    'latin1',
  ),
];

/** Small pictures of each kind that is decoded here. */
export function bitmaps(): Uint8Array[] {
  const bmp = (bits: number, extra: number, compression = 0) => {
    const row = Math.ceil((5 * bits) / 32) * 4;
    const bytes = Buffer.alloc(54 + extra + 4 * row, 0x5a);
    bytes.write('BM');
    bytes.writeUInt32LE(54 + extra, 10);
    bytes.writeUInt32LE(40, 14);
    bytes.writeInt32LE(5, 18);
    bytes.writeInt32LE(4, 22);
    bytes.writeUInt16LE(bits, 28);
    bytes.writeUInt32LE(compression, 30);
    return bytes;
  };
  const text = (content: string, ...raw: number[]) => Buffer.concat([Buffer.from(content), Buffer.from(raw)]);
  return [
    ...[bmp(24, 0), bmp(32, 0), bmp(8, 1024), bmp(4, 64), bmp(1, 8), bmp(16, 12, 3)],
    ...[text('P1\n2 2\n0 1 1 0\n'), text('P2 2 2 9\n# x\n1 2 3 4\n'), text('P3\n1 2 255\n1 2 3 4 5 6\n')],
    ...[
      text('P4\n9 1\n', 0xaa, 0x80),
      text('P5 2 2 255\n', 1, 2, 3, 4),
      text('P6 1 1 65535\n', 1, 2, 3, 4, 5, 6),
    ],
  ];
}
