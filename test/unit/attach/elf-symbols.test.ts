// Symbols in ELF files: those of the running Node, and files that are none or damaged.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { findSymbol } from '../../../lib/attach/elf-symbols';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'abtrace-elf-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));

const file = (bytes: Buffer | string) => {
  const name = path.join(folder, 'file');
  fs.writeFileSync(name, bytes);
  return name;
};

describe.runIf(process.platform === 'linux')('findSymbol', () => {
  it('finds what Node exports, and nothing that it does not', () => {
    const symbol = findSymbol(process.execPath, '_ZTVN4node24NodeArrayBufferAllocatorE');
    expect(symbol?.address).toBeGreaterThan(0n);
    expect(findSymbol(process.execPath, '_ZTVN4node24NodeArrayBufferAllocator')).toBeNull();
    expect(findSymbol(process.execPath, 'no_such_symbol')).toBeNull();
  });

  it('says null of what is no ELF, or breaks off', () => {
    expect(findSymbol(file(''), 'main')).toBeNull();
    expect(findSymbol(file('#!/bin/sh\n'), 'main')).toBeNull();
    const start = Buffer.alloc(5000);
    const descriptor = fs.openSync(process.execPath, 'r');
    fs.readSync(descriptor, start, 0, start.length, 0);
    fs.closeSync(descriptor);
    expect(findSymbol(file(start), 'main')).toBeNull();
    for (const length of [1, 16, 63, 64, 100])
      expect(findSymbol(file(start.subarray(0, length)), 'main')).toBeNull();
  });

  it('says null of tables of absurd size', () => {
    const header = Buffer.alloc(64);
    header.writeUInt32BE(0x7f454c46, 0);
    header.writeUInt8(2, 4);
    header.writeUInt8(1, 5);
    header.writeBigUInt64LE(2n ** 63n, 40);
    header.writeUInt16LE(65_535, 60);
    expect(findSymbol(file(header), 'main')).toBeNull();
  });
});
