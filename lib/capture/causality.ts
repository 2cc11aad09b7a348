// Follows asynchronous work: gives every asynchronous resource a context (its cause and label, one small number that
// the addon interns) and tells the addon which context runs now. Holds nothing per resource but that number.
//
// The rule, and where it is applied:
//
//   created (init)    user code on the stack?  ── yes ─► the context of that stack
//                                               └─ no ──► the context that runs now
//   runs (before)     does it serve a stream or message whose flow user code started?
//                                               ── yes ─► the context of that code
//                                               └─ no ──► the resource's own
//   allocation        user code on the stack?  ── yes ─► its stack says it all
//                                               └─ no ──► the context that runs now; without any JavaScript, the
//                                                         context of the next callback that runs on this thread
//
// Bytes that come in before it is known for whom go on a tab, which is claimed later:
//
//   a request's body    by the code that subscribes to it, iterates or pipes it; failing that, by user code that
//                       runs on the message's behalf (a handler behind a body parser and middleware, claims.ts)
//   a connection's      by the first awaiting code that a read wakes, once two different lines have been woken: before
//                       that it has but one user, and is that of the code that reads or opened it
import { type AsyncHook, createHook, executionAsyncResource } from 'node:async_hooks';
import { kCallback, kShared, kStack, type NativeAddon } from '../native';
import { startFlow } from './adoption';
import {
  bytesRead,
  isRead,
  isTabOfHandle,
  kAdopted,
  kContext,
  kRole,
  kTab,
  noteOlder,
  noteRequest,
  type ParserResource,
  type Resource,
  type Role,
  requestOf,
  roleOf,
  type StreamLike,
  servedBy,
  streamOfTick,
  type TickObject,
} from './carriers';
import {
  type Claim,
  type Claiming,
  claimOn,
  handOn,
  isOpen,
  isReceived,
  kClaim,
  type Message,
  mayHaveBody,
  noteParser,
} from './claims';
import { noteFile } from './file-reads';
import { OtherResources } from './other-resources';
import { tabFor, tabOf } from './tabs';
import { isTick, type Tick, Ticks } from './ticks';
import { watchUnhooked } from './unhooked';

export interface Causality {
  stop(): void;
}

/** Callbacks nest no deeper than native code calls back into JavaScript; beyond this something was not undone. */
const DEEPEST = 10_000;

/** A tab, and whose it is: the connection's, or the listener's that it was handed to. */
interface Tab {
  tab: number;
  context: number;
}

/**
 * The hooks of promises that V8 calls itself, if async_hooks can be told to leave promises out: from Node 24.12 and
 * 25.2 on it knows `trackPromises`. Not loaded later, since their module allocates, and that would be traced.
 */
const promiseHooks = canLeaveOutPromises()
  ? (require('node:v8') as typeof import('node:v8')).promiseHooks
  : undefined;

/**
 * Starts following asynchronous work on this thread.
 * @param shared the array that this thread shares with the addon
 */
export function followCauses(native: NativeAddon, shared: Int32Array): Causality {
  // One entry for each callback that runs now, the outermost first: what to go back to after it.
  const outerContexts: number[] = [];
  const outerTabs: number[] = [];
  const outerClaims: (Claim | undefined)[] = [];
  /** What user code claims by running now. */
  let claim: Claim | undefined;
  /** The parser that tells of the headers of a message now, which is not there yet when its callback begins. */
  let headersOf: ParserResource | undefined;
  let latestRead: Tab | undefined;
  /** Of a session of HTTP/2 that has just told of headers; 0 for none. */
  let headersTab = 0;
  /** What the callback under way has handed to a listener. */
  let delivery: Tab | undefined;
  /** What runs now, if that is not within another callback and no tick. */
  let outermost: Resource | undefined;
  const ticks = new Ticks();
  const others = new OtherResources(native);
  /** The first id that was told of: what has a smaller one is older than the tracing. */
  let oldestId = Infinity;
  /** Resources that native code made before any JavaScript ran: they share the context of the next callback. */
  let orphans: Resource[] = [];

  function init(asyncId: number, type: string, triggerId: number, resource: Claiming): void {
    const context = native.captureContext();
    if (context < 0) {
      stop();
      return;
    }
    if (oldestId === Infinity) oldestId = asyncId;
    const from = shared[kShared.userFrame] as number;
    try {
      if (isTick(type, resource)) {
        initTick(ticks.add(asyncId, context), resource as TickObject, from);
        return;
      }
      if (context !== 0) resource[kContext] = context;
      const role = roleOf(type);
      if (role !== undefined) {
        resource[kRole] = role;
        if (from === kStack.noJavaScript && context === 0) orphans.push(resource);
        if (role === 'parser') {
          noteRequest(resource, context);
          noteParser(resource as ParserResource, context);
        } else if (role === 'other') {
          others.note(asyncId, type, resource, context);
          noteFile(shared, type, resource, asyncId, triggerId);
        }
      }
      if (headersOf !== undefined) receive(headersOf);
      if (claim !== undefined) {
        const later = layClaim(claim, context, from);
        if (later !== undefined && (role === undefined || role === 'other')) resource[kClaim] = later;
      }
    } catch {
      // A resource that takes no properties (frozen, or a proxy that refuses) goes without a context.
    }
  }

  function initTick(tick: Tick, resource: TickObject, from: number): void {
    const stream = streamOfTick(resource);
    if (stream !== undefined) {
      tick.stream = stream;
      if (startFlow(native, resource, stream, tick.context, from, servesMessage())) {
        claim = undefined;
        headersOf = undefined;
      }
    }
    if (headersOf !== undefined) receive(headersOf);
    if (claim !== undefined) tick.claim = layClaim(claim, tick.context, from);
  }

  /** Whether the callback under way is one of a message's own. */
  function servesMessage(): boolean {
    return headersOf !== undefined || (claim !== undefined && claim.of === undefined);
  }

  /** The headers of a message have been read, and are being told of. */
  function receive(parser: ParserResource): void {
    const message = parser.socket?.parser?.incoming;
    if (!message) return;
    headersOf = undefined;
    if (message[kAdopted] !== true && isReceived(message) && mayHaveBody(message)) {
      claim = claimOn(message, tabOf(message));
    }
  }

  /** Something was made while user code may claim; returns what to hand it. */
  function layClaim(open: Claim, context: number, from: number): Claim | undefined {
    if ((from & kStack.userCode) !== 0 && isOpen(open)) {
      if ((from & kStack.calledByDependency) !== 0) native.handOver(open.tab, context);
      else if (!open.strict) native.claimTab(open.tab, context, false);
    }
    return handOn(open);
  }

  /** What `init` does, for a promise. */
  function initPromise(promise: Claiming): void {
    const context = native.captureContext();
    if (context > 0) promise[kContext] = context;
    else if (context < 0) stop();
    if (headersOf !== undefined) receive(headersOf);
    if (claim !== undefined && context >= 0) {
      const later = layClaim(claim, context, shared[kShared.userFrame] as number);
      if (later !== undefined) promise[kClaim] = later;
    }
  }

  /** What `before` does, for a promise. */
  function beforePromise(promise: Claiming): void {
    pushOuter();
    const context = promise[kContext] ?? 0;
    if (latestRead !== undefined) wake(latestRead, context);
    run(context, inherit(promise[kClaim], context), undefined, promise);
  }

  /** What `after` does, for a promise. */
  function afterPromise(): void {
    if (outerContexts.length === 1 && delivery !== undefined) deliver(delivery);
    popOuter();
  }

  function pushOuter(): void {
    if (outerContexts.length >= DEEPEST) {
      outerContexts.length = outerTabs.length = outerClaims.length = 0;
    }
    if (headersOf !== undefined) receive(headersOf);
    outerContexts.push(shared[kShared.context] as number);
    outerTabs.push(shared[kShared.tab] as number);
    outerClaims.push(claim);
    shared[kShared.context] = 0;
    shared[kShared.tab] = 0;
    claim = undefined;
    headersOf = undefined;
  }

  function popOuter(): void {
    shared[kShared.context] = outerContexts.pop() ?? 0;
    shared[kShared.tab] = outerTabs.pop() ?? 0;
    claim = outerClaims.pop();
    headersOf = undefined;
  }

  function before(asyncId: number): void {
    const tick = ticks.find(asyncId);
    pushOuter();
    // Resources may be the program's own objects: proxies that throw, sealed ones. An error here would end the process.
    try {
      if (tick !== undefined) enterTick(tick);
      else {
        const resource = executionAsyncResource() as Claiming;
        if (!others.recall(asyncId, resource) && asyncId < oldestId) noteOlder(resource);
        enter(resource);
        if (outerContexts.length === 1) outermost = resource;
      }
    } catch {
      // The callback runs without a context.
    }
    if (tick !== undefined) ticks.remove(asyncId, tick);
  }

  function enterTick({ stream, claim: handed, context: own }: Tick): void {
    let context = own;
    let tab = 0;
    if (stream === undefined) {
      if (latestRead !== undefined) wake(latestRead, own);
    } else {
      context = stream[kContext] ?? own;
      tab = stream[kTab] ?? 0;
      if (tab !== 0 && stream[kAdopted] !== true) claim = claimOn(stream as Message, tab);
    }
    if (tab === 0) tab = inherit(handed, context);
    run(context, tab);
  }

  function enter(resource: Claiming): void {
    const role = resource[kRole];
    let context = resource[kContext] ?? 0;
    let tab = 0;
    if (role === undefined) {
      if (latestRead !== undefined) wake(latestRead, context);
    } else {
      if (role === 'stream' && headersTab !== 0) moveToStream(headersTab, resource);
      latestRead = undefined;
      headersTab = 0;
      const served = servedBy(resource, role);
      context = served?.[kContext] ?? context;
      if (served !== undefined) {
        if (role === 'parser') claimCopies(served, context);
        tab = tabFor(served, served === resource);
        if (tab !== 0 && !isRead(role) && served[kAdopted] !== true) claim = claimOn(served as Message, tab);
      } else if (role === 'parser') headersOf = resource as ParserResource;
      else if (outerContexts.length > 1) {
        // An AsyncResource that runs something within a callback: it still serves what that one serves.
        tab = outerTabs.at(-1) as number;
        claim = outerClaims.at(-1);
      }
    }
    if (tab === 0) tab = inherit(resource[kClaim], context);
    run(context, tab, role, resource);
  }

  /** What a resource was handed by what it was made on behalf of; returns the tab to note allocations on, or 0. */
  function inherit(handed: Claim | undefined, context: number): number {
    if (handed === undefined || claim !== undefined) return 0;
    claim = handed;
    return handed.of?.context === context ? handed.tab : 0;
  }

  /** From now on a callback of `resource` runs. */
  function run(context: number, tab: number, role?: Role, resource?: Resource): void {
    shared[kShared.context] = context;
    shared[kShared.tab] = tab;
    if (role === 'reader' && resource !== undefined)
      native.settlePending(context, kCallback.reader, bytesRead(resource));
    else if (shared[kShared.pending] !== 0) {
      const callback =
        role === 'parser' || role === 'session' || role === 'stream' ? kCallback.parser : kCallback.other;
      native.settlePending(context, callback, 0);
    }
    if (orphans.length !== 0) rearOrphans(context);
  }

  /** A piece of a response was copied out of the read for this callback, in the middle of the read's own. */
  function claimCopies(message: Resource, context: number): void {
    const early = message[kAdopted] === true ? requestOf(message as StreamLike)?.[kTab] : undefined;
    if (early !== undefined && early === outerTabs.at(-1)) native.claimTab(early, context, true);
  }

  /** HTTP/2 tells of the headers first, in the session's name, and then of what came with them, in the stream's. */
  function moveToStream(from: number, stream: Resource): void {
    const tab = tabOf(stream);
    native.moveTab(from, tab);
    const context = stream[kContext] ?? 0;
    if (context !== 0) native.claimTab(tab, context, stream[kAdopted] === true);
  }

  function rearOrphans(context: number): void {
    for (const orphan of orphans) orphan[kContext] ??= context;
    orphans = [];
  }

  function after(): void {
    if (outerContexts.length === 1) {
      try {
        if (outermost !== undefined) leave(outermost);
        if (delivery !== undefined) deliver(delivery);
      } catch {
        latestRead = undefined;
      }
      outermost = undefined;
    }
    popOuter();
  }

  function leave(resource: Resource): void {
    const role = resource[kRole];
    if (isRead(role)) {
      const tab = shared[kShared.tab] as number;
      if (role === 'session') headersTab = tab;
      const context = shared[kShared.context] as number;
      // What a request waits for is claimed by the reader of its response, not by who is woken.
      latestRead = tab !== 0 && isTabOfHandle(resource, tab) ? { tab, context } : undefined;
    }
  }

  function deliver({ tab, context }: Tab): void {
    native.claimTab(tab, context, true);
    delivery = undefined;
    latestRead = undefined;
  }

  /** Awaiting code runs on behind a read: what was read was for it. */
  function wake(read: Tab, context: number): void {
    if (context === 0 || context === read.context) return;
    native.claimSharedTab(read.tab, context);
    latestRead = undefined;
  }

  const callbacks = { init: init as never, before, after, ...(promiseHooks && { trackPromises: false }) };
  const hook: AsyncHook = createHook(callbacks);
  // Not shown to async_hooks, a promise costs a third: it gets no ids, and its hooks are called by V8 itself.
  const stopPromises = promiseHooks?.createHook({
    init: initPromise as never,
    before: beforePromise as never,
    after: afterPromise,
  });
  const unwatch = watchUnhooked(native, shared, (tab, context) => {
    // An emitter within a library may hand on to the user's: the innermost is the last to tell.
    native.claimTab(tab, context, false);
    delivery = { tab, context };
  });
  hook.enable();

  function stop(): void {
    hook.disable();
    stopPromises?.();
    unwatch();
    shared[kShared.context] = 0;
    shared[kShared.tab] = 0;
  }
  return { stop };
}

function canLeaveOutPromises(): boolean {
  try {
    createHook({ trackPromises: 0 } as object);
    return false;
  } catch {
    return true; // It knows the option, and that a number is wrong.
  }
}
