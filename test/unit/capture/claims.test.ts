import { describe, expect, it } from 'vitest';
import { kAdopted, kContext, kTab } from '../../../lib/capture/carriers';
import {
  claimOn,
  contextOnArrival,
  handOn,
  isOpen,
  isReceived,
  type Message,
  noteParser,
} from '../../../lib/capture/claims';

const TAB = 7;

/** A request as a server of node:http has it while it answers. */
function request(method = 'POST'): Message {
  const socket = {};
  const message: Message = { method, httpVersion: '1.1', socket, [kTab]: TAB };
  message.socket = Object.assign(socket, { _httpMessage: { req: message, writableEnded: false } });
  return message;
}

describe('a claim on the body of a request', () => {
  it('is one for each tab, in the context that the connection came in with', () => {
    const message = request();
    noteParser({ socket: message.socket as object }, 3);
    const claim = claimOn(message, TAB);
    expect(claim).toMatchObject({ tab: TAB, context: 3, strict: false });
    expect(claimOn(message, TAB)).toBe(claim);
    expect(claimOn(message, TAB + 1)).not.toBe(claim);
    expect(contextOnArrival(message)).toBe(3);
  });

  it('is in the context of whoever has adopted the message for now', () => {
    const message = request();
    message[kContext] = 9;
    expect(claimOn(message, TAB).context).toBe(9);
  });

  it('is handed on as one that only code that a dependency calls may lay', () => {
    const claim = claimOn(request(), TAB);
    const handed = handOn(claim);
    expect(handed).toMatchObject({ tab: TAB, strict: true, of: claim });
    expect(handOn(claim)).toBe(handed);
    expect(handOn(handed as typeof claim)).toBe(handed);
  });

  it.each(['GET', 'HEAD'])('is not handed on for a %s', (method) => {
    expect(handOn(claimOn(request(method), TAB))).toBeUndefined();
  });

  it('stays open until the response has ended', () => {
    const message = request();
    const handed = handOn(claimOn(message, TAB));
    if (handed === undefined) throw new Error('not handed on');
    expect(isOpen(handed)).toBe(true);
    Object.assign(message.socket?._httpMessage ?? {}, { writableEnded: true });
    expect(isOpen(handed)).toBe(false);
  });

  it('closes when user code subscribes to the message, or the connection answers another', () => {
    const adopted = request();
    const answered = request();
    const claims = [adopted, answered].map((message) => handOn(claimOn(message, TAB)));
    adopted[kAdopted] = true;
    if (answered.socket) answered.socket._httpMessage = { req: request(), writableEnded: false };
    expect(claims.map((claim) => claim !== undefined && isOpen(claim))).toEqual([false, false]);
  });
});

describe('isReceived', () => {
  it('tells requests of HTTP/1 that a server has received from answers, HTTP/2 and other streams', () => {
    expect(isReceived(request())).toBe(true);
    expect(isReceived({ httpVersion: '1.1', req: {} })).toBe(false);
    expect(isReceived({ httpVersion: '2.0', stream: {} })).toBe(false);
    expect(isReceived({})).toBe(false);
  });
});
