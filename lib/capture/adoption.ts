// Streams have causes of their own: the user code that starts their flow adopts them, and what has come in for them so
// far. A message that a dependency reads for user code is adopted for now, see claims.ts.
import { kStack, type NativeAddon } from '../native';
import {
  announcesData,
  beginCounting,
  handleOf,
  isFed,
  kAdopted,
  kContext,
  kTab,
  requestOf,
  type StreamLike,
  sessionOf,
  startsFlow,
  type TickObject,
} from './carriers';
import { claimOn, contextOnArrival, isReceived, type Message } from './claims';
import { tabOf } from './tabs';
import { adoptBody } from './undici-channels';

/**
 * A stream that is subscribed to, iterated or piped starts to flow in a tick that names it.
 * @param stream the one that the tick names
 * @param from what was on the stack as the tick was made, as bits of `kStack`
 * @param inMessage whether a callback of the message's own is under way
 * @returns whether the stream has been adopted for good
 */
export function startFlow(
  native: NativeAddon,
  tick: TickObject,
  stream: StreamLike,
  context: number,
  from: number,
  inMessage: boolean,
): boolean {
  // What a parser reads is for its messages, though reading one of them resumes the connection.
  if (stream.parser) return false;
  const starts = startsFlow(tick);
  const adopted = stream[kAdopted] === true;
  if ((from & kStack.userCode) !== 0 && (starts || (announcesData(tick) && !adopted))) {
    const forAnother =
      (from & kStack.throughDependency) !== 0 && ((from & kStack.calledByDependency) !== 0 || !inMessage);
    if (!forAnother || adopted || !isReceived(stream)) {
      adopt(native, stream, context);
      return true;
    }
    adoptForNow(native, stream, context);
  } else if (starts && context !== 0 && !adopted) {
    if (!isFed(stream)) stream[kContext] = context;
    else if (isReceived(stream) && context !== contextOnArrival(stream)) adoptForNow(native, stream, context);
  }
  return false;
}

/**
 * User code subscribes to a stream, which need not cause a tick: other code may have adopted it that listens no more, as
 * in a server that looks at the first bytes of a connection and then hands it to a handler; and a connection that a
 * server is given reads already when somebody begins to iterate it.
 */
export function takeOver(native: NativeAddon, stream: StreamLike, event: string, context: number): void {
  const { parser, listenerCount, _handle: handle } = stream;
  if (parser || stream[kContext] === context || isReceived(stream)) return;
  const isFree =
    stream[kAdopted] === true
      ? !['data', 'readable'].some((one) => listenerCount.call(stream, one) > 0)
      : event === 'readable' && Boolean(handle);
  if (isFree) adopt(native, stream, context);
}

/** From now on what arrives on the stream belongs to `context`, and what has come in for it so far. */
function adopt(native: NativeAddon, stream: StreamLike, context: number): void {
  for (const carrier of [stream, handleOf(stream)]) {
    if (carrier === undefined) continue;
    carrier[kContext] = context;
    carrier[kAdopted] = true;
    if (carrier !== stream) beginCounting(carrier);
    const tab = carrier[kTab];
    if (tab === undefined) continue;
    native.claimTab(tab, context, true);
    // Not deleted: what a property is deleted from is slow from then on, for Node as well.
    carrier[kTab] = undefined;
  }
  // What came with the headers, before the stream had a reader: for the request that it answers, or by a session of
  // HTTP/2.
  const answered = requestOf(stream) ?? adoptBody(stream, context);
  for (const early of [answered?.[kTab], sessionOf(stream)?.[kTab]]) {
    if (early !== undefined) native.claimTab(early, context, true);
  }
}

/** A dependency reads the message for user code that may be no more than on the way to the handler. */
function adoptForNow(native: NativeAddon, message: Message, context: number): void {
  const tab = tabOf(message);
  const claim = claimOn(message, tab);
  claim.strict = true;
  claim.context = context;
  message[kContext] = context;
  native.claimTab(tab, context, false);
}
