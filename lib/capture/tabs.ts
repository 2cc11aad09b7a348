// The numbers of tabs, and what has one: see `ClaimTab` in native/thread_state.h.
import { isRequest, kAdopted, kContext, kManaged, kServes, kTab, type Resource } from './carriers';
import { type Claiming, kClaim } from './claims';

/** Never given out twice, also not by a later session: a tab may stay noted on what outlives this one. */
let lastTab = 0;

/** The carrier's tab, a new one if it has none. */
export function tabOf(carrier: Resource): number {
  const tab = carrier[kTab];
  if (tab !== undefined) return tab;
  lastTab += 1;
  carrier[kTab] = lastTab;
  return lastTab;
}

/** The tab to note allocations on while `served` is served; 0 where it is known whose they are. */
export function tabFor(served: Resource, isHandle: boolean): number {
  if (served[kManaged] === true) {
    // Known, but for the first bytes of a body that will have a reader.
    const request = served[kServes];
    return request === undefined || request[kAdopted] === true ? 0 : tabOf(request);
  }
  // Known: a message with a reader, unless a dependency reads it for somebody who is to come.
  if (!isHandle && served[kContext] !== undefined && !isRequest(served)) {
    return served[kAdopted] !== true && (served as Claiming)[kClaim]?.strict === true ? tabOf(served) : 0;
  }
  return tabOf(served);
}
