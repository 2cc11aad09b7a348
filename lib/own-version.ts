// The version of this package, for what says who wrote it.
import fs from 'node:fs';
import path from 'node:path';

let version: string | undefined;

/** The version in package.json, as in `0.1.0`; read once. */
export function ownVersion(): string {
  if (version === undefined) {
    const manifest: unknown = JSON.parse(fs.readFileSync(path.join(__dirname, '..', 'package.json'), 'utf8'));
    version = String((manifest as { version?: unknown }).version);
  }
  return version;
}
