// Memory that native addons declare to V8, in the words of the page.
import { declaredByAddon } from '../../analysis/declared';
import type { Dump, Owner } from '../../dump/format';
import { safeText } from '../harmless-text';
import { placeText } from './answer';
import type { DeclaredSummary } from './report-data';

/** Sums up what a dump says was declared, most bytes held first; none if it does not say. */
export function summarizeDeclared(dump: Dump): DeclaredSummary[] {
  return declaredByAddon(dump).map(({ addon, heldBytes, increasedBytes, calls, owner }) => ({
    addon: addon === null || addon === '' ? 'unknown addon' : safeText(addon),
    heldBytes,
    increasedBytes,
    calls,
    place: owner === null ? '' : describe(owner, dump.process.cwd),
  }));
}

function describe(owner: Owner, cwd: string): string {
  return `${safeText(owner.function) || '(anonymous)'} ${placeText(owner, cwd)}`;
}
