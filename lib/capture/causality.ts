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
//                       runs on the message's behalf (a handler behind a body parser)
//   a connection's      by the first awaiting code that a read wakes, once two different lines have been woken: before
//                       that it has but one user, and is that of the code that reads or opened it
import { type AsyncHook, createHook, executionAsyncResource } from 'node:async_hooks';
import { kCallback, kShared, type NativeAddon } from '../native';
import {
  announcesData,
  bytesRead,
  handleOf,
  isFed,
  isRequest,
  isTabOfHandle,
  kAdopted,
  kContext,
  kManaged,
  kRole,
  kServes,
  kTab,
  noteRequest,
  type Resource,
  type Role,
  requestOf,
  roleOf,
  type StreamLike,
  servedBy,
  sessionOf,
  startsFlow,
  streamOfTick,
} from './carriers';
import { watchEmitters } from './emitters';
import { watchMessagePorts } from './message-ports';
import { isJob, watchJob } from './node-memory';
import { watchTee } from './tee';
import { adoptBody, watchUndici } from './undici-channels';

export interface Causality {
  stop(): void;
}

/** Never given out twice, also not by a later session: a tab may stay noted on what outlives this one. */
let lastTab = 0;

/** Callbacks nest only as deep as native code calls back into JavaScript; beyond this something was not undone. */
const DEEPEST = 10_000;
/** Of `shared[kShared.userFrame]`, after `captureContext`. */
const USER_CODE = 1;
const NO_JAVASCRIPT = 2;

/** A tab, and whose it is: the connection's, or the listener's that it was handed to. */
interface Tab {
  tab: number;
  context: number;
}

/**
 * Starts following asynchronous work on this thread.
 * @param shared the array that this thread shares with the addon
 */
export function followCauses(native: NativeAddon, shared: Int32Array): Causality {
  // One entry for each callback that runs now, the outermost first: what to go back to after it.
  const outerContexts: number[] = [];
  const outerTabs: number[] = [];
  const outerClaimable: number[] = [];
  /** The tab that user code claims by running now; 0 for none. */
  let claimable = 0;
  let latestRead: Tab | undefined;
  /** Of a session of HTTP/2 that has just told of headers; 0 for none. */
  let headersTab = 0;
  /** What the callback under way has handed to a listener. */
  let delivery: Tab | undefined;
  /** Resources that native code made before any JavaScript ran: they share the context of the next callback. */
  let orphans: Resource[] = [];

  function init(_asyncId: number, type: string, _triggerId: number, resource: Resource): void {
    const context = native.captureContext();
    if (context < 0) {
      stop();
      return;
    }
    const from = shared[kShared.userFrame];
    try {
      if (context !== 0) resource[kContext] = context;
      const role = roleOf(type);
      if (role !== undefined) {
        resource[kRole] = role;
        if (from === NO_JAVASCRIPT && context === 0) orphans.push(resource);
        if (role === 'parser') noteRequest(resource, context);
        else if (role === 'other' && isJob(type, resource)) watchJob(native, resource, context || undefined);
      } else if (type === 'TickObject') {
        startFlow(resource, context, from === USER_CODE);
      }
      if (claimable !== 0 && from === USER_CODE) native.claimTab(claimable, context, false);
    } catch {
      // A resource that takes no properties (frozen, or a proxy that refuses) goes without a context.
    }
  }

  /** A stream that is subscribed to, iterated or piped starts to flow in a tick that names it. */
  function startFlow(tick: Resource, context: number, byUser: boolean): void {
    const stream = streamOfTick(tick);
    // What a parser reads is for its messages, though reading one of them resumes the connection.
    if (stream === undefined || ('parser' in stream && stream.parser)) return;
    const starts = startsFlow(tick);
    if (byUser && (starts || (announcesData(tick) && stream[kAdopted] !== true))) adopt(stream, context);
    else if (starts && context !== 0 && stream[kAdopted] !== true && !isFed(stream))
      stream[kContext] = context;
  }

  /** From now on what arrives on the stream belongs to `context`, and what has come in for it so far. */
  function adopt(stream: StreamLike, context: number): void {
    for (const carrier of [stream, handleOf(stream)]) {
      if (carrier === undefined) continue;
      carrier[kContext] = context;
      carrier[kAdopted] = true;
      const tab = carrier[kTab];
      if (tab === undefined) continue;
      native.claimTab(tab, context, true);
      delete carrier[kTab];
    }
    // What came with the headers, before the stream had a reader: for the request that it answers, or by a session of
    // HTTP/2.
    const answered = requestOf(stream) ?? adoptBody(stream, context);
    for (const early of [answered?.[kTab], sessionOf(stream)?.[kTab]]) {
      if (early !== undefined) native.claimTab(early, context, true);
    }
    claimable = 0;
  }

  /** What `init` does, for a promise. */
  function initPromise(promise: Resource): void {
    const context = native.captureContext();
    if (context > 0) promise[kContext] = context;
    else if (context < 0) stop();
    if (claimable !== 0 && context >= 0 && shared[kShared.userFrame] === USER_CODE) {
      native.claimTab(claimable, context, false);
    }
  }

  /** What `before` does, for a promise. */
  function beforePromise(promise: Resource): void {
    pushOuter();
    const context = promise[kContext] ?? 0;
    if (latestRead !== undefined) wake(latestRead, context);
    run(context, 0, undefined, promise);
  }

  /** What `after` does, for a promise. */
  function afterPromise(): void {
    if (outerContexts.length === 1 && delivery !== undefined) deliver(delivery);
    popOuter();
  }

  function pushOuter(): void {
    if (outerContexts.length >= DEEPEST) {
      outerContexts.length = outerTabs.length = outerClaimable.length = 0;
    }
    outerContexts.push(shared[kShared.context] as number);
    outerTabs.push(shared[kShared.tab] as number);
    outerClaimable.push(claimable);
    shared[kShared.context] = 0;
    shared[kShared.tab] = 0;
    claimable = 0;
  }

  function popOuter(): void {
    shared[kShared.context] = outerContexts.pop() ?? 0;
    shared[kShared.tab] = outerTabs.pop() ?? 0;
    claimable = outerClaimable.pop() ?? 0;
  }

  function before(): void {
    pushOuter();
    // Resources may be the program's own objects: proxies that throw, sealed ones. An error here would end the process.
    try {
      enter(executionAsyncResource() as Resource);
    } catch {
      // The callback runs without a context.
    }
  }

  function enter(resource: Resource): void {
    const role = resource[kRole];
    let context = resource[kContext] ?? 0;
    let tab = 0;
    if (role === undefined) {
      if (latestRead !== undefined) wake(latestRead, context);
    } else {
      if (role === 'stream' && headersTab !== 0) moveToStream(headersTab, resource);
      if (role !== 'tick') {
        latestRead = undefined;
        headersTab = 0;
      }
      const served = servedBy(resource, role);
      context = served?.[kContext] ?? context;
      if (served !== undefined) {
        if (role === 'parser') claimCopies(served, context);
        tab = tabFor(served, role, served === resource);
        claimable = !isRead(role) && served[kAdopted] !== true ? tab : 0;
      } else if (outerContexts.length > 1) {
        // An AsyncResource that runs something within a callback: it still serves what that one serves.
        tab = outerTabs.at(-1) as number;
        claimable = outerClaimable.at(-1) as number;
      }
    }
    run(context, tab, role, resource);
  }

  /** From now on a callback of `resource` runs. */
  function run(context: number, tab: number, role: Role | undefined, resource: Resource): void {
    shared[kShared.context] = context;
    shared[kShared.tab] = tab;
    if (role === 'reader') native.settlePending(context, kCallback.reader, bytesRead(resource));
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

  /** The tab to note allocations on while `served` is served; 0 where it is known whose they are. */
  function tabFor(served: Resource, role: Role, isHandle: boolean): number {
    if (role === 'tick') return served[kTab] ?? 0;
    if (served[kManaged] === true) {
      // Known, but for the first bytes of a body that will have a reader.
      const request = served[kServes];
      return request === undefined || request[kAdopted] === true ? 0 : tabOf(request);
    }
    // Known: a message with a reader.
    if (!isHandle && served[kContext] !== undefined && !isRequest(served)) return 0;
    return tabOf(served);
  }

  function tabOf(carrier: Resource): number {
    if (carrier[kTab] === undefined) {
      lastTab += 1;
      carrier[kTab] = lastTab;
    }
    return carrier[kTab];
  }

  function rearOrphans(context: number): void {
    for (const orphan of orphans) orphan[kContext] ??= context;
    orphans = [];
  }

  function after(): void {
    if (outerContexts.length === 1) {
      try {
        leave(executionAsyncResource() as Resource);
      } catch {
        latestRead = undefined;
      }
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
    if (delivery !== undefined) deliver(delivery);
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

  const promisesApart = canLeaveOutPromises();
  const callbacks = { init: init as never, before, after, ...(promisesApart && { trackPromises: false }) };
  const hook: AsyncHook = createHook(callbacks);
  // Not shown to async_hooks, a promise costs a third: it gets no ids, and its hooks are called by V8 itself.
  const stopPromises = promisesApart
    ? (require('node:v8') as typeof import('node:v8')).promiseHooks.createHook({
        init: initPromise as never,
        before: beforePromise as never,
        after: afterPromise,
      })
    : undefined;
  const unwatchUndici = watchUndici(() => native.captureContext());
  const contextOfCaller = () => {
    const context = native.captureContext();
    return context > 0 && shared[kShared.userFrame] === USER_CODE ? context : 0;
  };
  const unwatchPorts = watchMessagePorts((resource) => {
    const context = contextOfCaller();
    if (context !== 0) resource[kContext] = context;
  });
  const unwatchEmitters = watchEmitters(contextOfCaller, (context) => {
    const tab = shared[kShared.tab] as number;
    if (tab === 0) return;
    // An emitter within a library may hand on to the user's: the innermost is the last to tell.
    native.claimTab(tab, context, false);
    delivery = { tab, context };
  });
  const unwatchTee = watchTee(contextOfCaller, (context, step) => {
    const outer = shared[kShared.forced] as number;
    shared[kShared.forced] = 1;
    try {
      return runInContext(shared, context, step);
    } finally {
      shared[kShared.forced] = outer;
    }
  });
  hook.enable();

  function stop(): void {
    hook.disable();
    stopPromises?.();
    unwatchUndici();
    unwatchPorts();
    unwatchEmitters();
    unwatchTee();
    shared[kShared.context] = 0;
    shared[kShared.tab] = 0;
  }
  return { stop };
}

/** Whether bytes arrive by callbacks of this role for whoever waits for them. */
function isRead(role: Role | undefined): boolean {
  return role === 'reader' || role === 'session' || role === 'stream';
}

/** Runs `fn` with `context` as the context that runs now. */
export function runInContext<T>(shared: Int32Array, context: number, fn: () => T): T {
  const outer = shared[kShared.context] as number;
  shared[kShared.context] = context;
  try {
    return fn();
  } finally {
    shared[kShared.context] = outer;
  }
}

/** Whether async_hooks can be told to leave out promises: from Node 24.12 and 25.2 on it knows `trackPromises`. */
function canLeaveOutPromises(): boolean {
  try {
    createHook({ trackPromises: 0 } as object);
    return false;
  } catch {
    return true; // It knows the option, and that a number is wrong.
  }
}
