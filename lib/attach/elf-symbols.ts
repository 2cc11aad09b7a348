// Looks symbols up in an ELF file: whether a binary is a Node, and where libuv keeps its signal handlers. Reads only
// the tables it needs, and says null of whatever is no 64-bit little-endian ELF.
// The layout is that of https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.sheader.html
import fs from 'node:fs';

const MAGIC = 0x7f454c46;
const CLASS_64_BITS = 2;
const LITTLE_ENDIAN = 1;
const TYPE_POSITION_INDEPENDENT = 3;
const SECTION_SYMBOLS = 2;
const SECTION_DYNAMIC_SYMBOLS = 11;
const HEADER_BYTES = 64;
const SECTION_BYTES = 64;
const SYMBOL_BYTES = 24;
/** No table of a sane binary is bigger. */
const MOST_TABLE_BYTES = 256e6;

/** Where a symbol stands. */
export interface ElfSymbol {
  address: bigint;
  /** The address counts from where the file is loaded. */
  isRelative: boolean;
}

interface Section {
  type: number;
  offset: number;
  bytes: number;
  /** Of a symbol table: the index of the section that holds its names. */
  link: number;
}

/**
 * Finds a symbol in an ELF file, in the table for linking or else in the one for debugging.
 *
 * @param file path of the file
 * @param name the symbol; one that the compiler made unique by a number (`name.0`) counts as well
 * @returns null if there is no such symbol, or the file is no 64-bit little-endian ELF
 * @throws what `fs` throws if the file cannot be read
 */
export function findSymbol(file: string, name: string): ElfSymbol | null {
  const descriptor = fs.openSync(file, 'r');
  try {
    const header = read(descriptor, 0, HEADER_BYTES);
    if (header?.readUInt32BE(0) !== MAGIC) return null;
    if (header.readUInt8(4) !== CLASS_64_BITS || header.readUInt8(5) !== LITTLE_ENDIAN) return null;
    const isRelative = header.readUInt16LE(16) === TYPE_POSITION_INDEPENDENT;
    const sections = readSections(descriptor, header);
    for (const type of [SECTION_DYNAMIC_SYMBOLS, SECTION_SYMBOLS]) {
      const table = sections.find((section) => section.type === type);
      const address = table && findInTable(descriptor, table, sections[table.link], name);
      if (address !== undefined) return { address, isRelative };
    }
    return null;
  } finally {
    fs.closeSync(descriptor);
  }
}

function readSections(descriptor: number, header: Buffer): Section[] {
  const count = header.readUInt16LE(60);
  const table = read(descriptor, Number(header.readBigUInt64LE(40)), count * SECTION_BYTES);
  if (table === null) return [];
  return Array.from({ length: count }, (_, index) => {
    const at = index * SECTION_BYTES;
    return {
      type: table.readUInt32LE(at + 4),
      offset: Number(table.readBigUInt64LE(at + 24)),
      bytes: Number(table.readBigUInt64LE(at + 32)),
      link: table.readUInt32LE(at + 40),
    };
  });
}

/** The names are searched first: decoding a hundred thousand of them would take longer. */
function findInTable(
  descriptor: number,
  table: Section,
  nameSection: Section | undefined,
  name: string,
): bigint | undefined {
  const names = nameSection ? read(descriptor, nameSection.offset, nameSection.bytes) : null;
  if (names === null) return undefined;
  const offsets = new Set<number>();
  for (let at = names.indexOf(name); at >= 0; at = names.indexOf(name, at + 1)) {
    const end = names.indexOf(0, at);
    const found = names.toString('latin1', at, end < 0 ? names.length : end);
    if (names[at - 1] === 0 && /^(\.\d+)?$/.test(found.slice(name.length))) offsets.add(at);
  }
  const symbols = offsets.size > 0 ? read(descriptor, table.offset, table.bytes) : null;
  for (let at = 0; symbols !== null && at + SYMBOL_BYTES <= symbols.length; at += SYMBOL_BYTES) {
    if (offsets.has(symbols.readUInt32LE(at))) return symbols.readBigUInt64LE(at + 8);
  }
  return undefined;
}

/** Null if the file ends before, or a damaged table names an absurd size. */
function read(descriptor: number, offset: number, bytes: number): Buffer | null {
  if (!(bytes > 0 && bytes <= MOST_TABLE_BYTES && Number.isSafeInteger(offset))) return null;
  const buffer = Buffer.allocUnsafe(bytes);
  let filled = 0;
  while (filled < bytes) {
    const got = fs.readSync(descriptor, buffer, filled, bytes - filled, offset + filled);
    if (got === 0) return null;
    filled += got;
  }
  return buffer;
}
