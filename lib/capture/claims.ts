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
/** On the same: what leads to it from claims, which may outlive it. */
const kReference: unique symbol = Symbol('abtrace.reference');

export interface Claim {
  readonly tab: number;
  /** The message's own; what is allocated in it later goes on the tab as well. */
  context: number;
  /** Only user code that a dependency calls may claim. */
  strict: boolean;
  /** Set on what is handed on. */
  readonly of: Claim | undefined;
  /** Of a request that may have a body: only such claims are handed on. One for each connection, for they are dear. */
  readonly connection: WeakRef<Connection> | undefined;
  later: Claim | undefined;
}

/** The socket of a server of HTTP/1. */
interface Connection extends Claiming {
  _httpMessage?: { req?: Claiming; writableEnded?: boolean } | null;
  [kReference]?: WeakRef<Connection>;
}

/** `IncomingMessage` of node:http, on the side of a server. */
export interface Message extends Claiming {
  method?: string | null;
  httpVersion?: unknown;
  req?: unknown;
  stream?: unknown;
  socket?: Connection | null;
}

export interface Claiming extends Resource {
  [kClaim]?: Claim;
  [kParserContext]?: number;
}

/** Whether the stream is what a server of HTTP/1 has been sent. */
export function isReceived(candidate: object): candidate is Message {
  const { httpVersion, stream, req } = candidate as Message;
  return httpVersion !== undefined && stream === undefined && !req;
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
    const connection = isReceived(message) && mayHaveBody(message) ? referenceTo(message.socket) : undefined;
    claim = { tab, context, strict: false, of: undefined, connection, later: undefined };
    message[kClaim] = claim;
  }
  return claim;
}

function referenceTo(connection: Connection | null | undefined): WeakRef<Connection> | undefined {
  if (!connection) return undefined;
  connection[kReference] ??= new WeakRef(connection);
  return connection[kReference];
}

/** What a resource is handed that is made while the claim may be laid; undefined for a message without a body. */
export function handOn(claim: Claim): Claim | undefined {
  if (claim.of !== undefined) return claim;
  if (claim.later === undefined && claim.connection !== undefined) {
    const { tab, context, connection } = claim;
    claim.later = { tab, context, strict: true, of: claim, connection, later: undefined };
  }
  return claim.later;
}

/** Whether the claim may still be laid by what runs after the message's own callbacks. */
export function isOpen(claim: Claim): boolean {
  if (claim.of === undefined) return true;
  const response = claim.connection?.deref()?._httpMessage;
  const message = response?.req;
  if (message === undefined || message[kClaim] !== claim.of) return false;
  return message[kAdopted] !== true && message[kTab] === claim.tab && response?.writableEnded !== true;
}
