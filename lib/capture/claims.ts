// Claims on the bodies of a server's requests. Who reads a body may not be known when it comes in: a body parser joins
// it, asynchronous middleware goes on, and only then does a handler run. What is done on behalf of a request's message
// hands its claim on, to promises too, until a handler is known:
//
//   body ─► tab of the message ◄─ raw-body, called through app.use()     adopts for now
//                              ◄─ user code that runs in a callback of the message itself
//                              ◄─ later, user code that a dependency calls: middleware, and after it the handler
//
// The later counts; nothing does once the response has ended, or once user code itself has subscribed to the message.
import { kAdopted, kContext, kTab, type Resource } from './carriers';

/** On a message: its claim; on a resource: the one that it was handed. */
export const kClaim: unique symbol = Symbol('abtrace.claim');
/** On the socket of a server of HTTP/1: the context of its parser, which is that of whoever made the server listen. */
const kParserContext: unique symbol = Symbol('abtrace.parserContext');

export interface Claim {
  readonly tab: number;
  /** The message's own; what is allocated in it later goes on the tab as well. */
  context: number;
  /** Only user code that a dependency calls may claim. */
  strict: boolean;
  /** Set on what is handed on. */
  readonly of?: Claim;
  readonly message: WeakRef<Message>;
  later?: Claim;
}

/** `IncomingMessage` of node:http, on the side of a server. */
export interface Message extends Claiming {
  method?: string | null;
  httpVersion?: unknown;
  req?: unknown;
  socket?: (Claiming & { _httpMessage?: { req?: unknown; writableEnded?: boolean } | null }) | null;
}

export interface Claiming extends Resource {
  [kClaim]?: Claim;
  [kParserContext]?: number;
}

/** Whether the stream is what a server of HTTP/1 has been sent. */
export function isReceived(stream: object): stream is Message {
  return 'httpVersion' in stream && !('stream' in stream) && !(stream as Message).req;
}

/** False for requests that hardly ever have one, and are most. */
export function mayHaveBody({ method }: Message): boolean {
  return method !== 'GET' && method !== 'HEAD';
}

/** Notes in which context the messages of a connection come in. */
export function noteParser(parser: { socket?: object }, context: number): void {
  if (typeof parser.socket !== 'object' || parser.socket === null) return;
  (parser.socket as Claiming)[kParserContext] = context;
}

/** The context that a message has come in with. */
export function contextOnArrival(message: Message): number {
  return message.socket?.[kParserContext] ?? 0;
}

/** The claim on what is on the message's tab. */
export function claimOn(message: Message, tab: number): Claim {
  let claim = message[kClaim];
  if (claim?.tab !== tab) {
    const context = message[kContext] ?? contextOnArrival(message);
    claim = { tab, context, strict: false, message: new WeakRef(message) };
    message[kClaim] = claim;
  }
  return claim;
}

/** What a resource is handed that is made while the claim may be laid; undefined for a message without a body. */
export function handOn(claim: Claim): Claim | undefined {
  if (claim.of !== undefined) return claim;
  if (claim.later === undefined) {
    const { tab, context, message } = claim;
    const received = message.deref();
    if (received === undefined || !isReceived(received) || !mayHaveBody(received)) return undefined;
    claim.later = { tab, context, strict: true, message, of: claim };
  }
  return claim.later;
}

/** Whether the claim may still be laid by what runs after the message's own callbacks. */
export function isOpen(claim: Claim): boolean {
  if (claim.of === undefined) return true;
  const message = claim.message.deref();
  if (message === undefined || message[kAdopted] === true || message[kTab] !== claim.tab) return false;
  const response = message.socket?._httpMessage;
  return response?.req === message && response.writableEnded !== true;
}
