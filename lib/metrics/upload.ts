// One HTTP request of the push: bounded in time and in what it reads. It does not keep the process from
// ending, once it is connected.
import http from 'node:http';
import https from 'node:https';

/** What to send, and where. */
export interface Upload {
  url: URL;
  headers: Record<string, string>;
  body: Buffer;
  /** For all of it, from looking the host up to the last byte of the answer. */
  timeoutMs: number;
}

/** How a request ended. */
export interface UploadResult {
  /** True if the server took it. */
  ok: boolean;
  /** True if it makes sense to send the same again. */
  retry: boolean;
  /** What went wrong, in words; empty if nothing did. */
  problem: string;
  /** How long the server asks to be left alone; null if it did not. */
  retryAfterMs: number | null;
}

/** No more of an answer than this is read. */
const MOST_ANSWER_BYTES = 64 * 1024;
const MOST_PROBLEM_CHARACTERS = 200;
/** Servers that are busy, starting or behind a gateway that is: another time it may work. */
const PASSING_STATUSES: readonly number[] = [408, 425, 429];

/** Sends a request with POST; never rejects. */
export async function upload(options: Upload): Promise<UploadResult> {
  try {
    return await send(options);
  } catch (error) {
    // What Node itself refuses to send will not be better the next time.
    return { ok: false, retry: false, problem: describeError(error as Error), retryAfterMs: null };
  }
}

function send({ url, headers, body, timeoutMs }: Upload): Promise<UploadResult> {
  return new Promise((resolve) => {
    const { request: open } = url.protocol === 'https:' ? https : http;
    const finish = (result: UploadResult): void => {
      clearTimeout(timer);
      request.destroy();
      resolve(result);
    };
    const fail = (problem: string): void => finish({ ok: false, retry: true, problem, retryAfterMs: null });
    const timer = setTimeout(() => fail(`no answer within ${timeoutMs} ms`), timeoutMs).unref();
    // A socket of its own: one out of a pool would carry this context into the program's requests.
    const request = open(url, { method: 'POST', agent: false, headers: { ...headers, connection: 'close' } });
    request.once('socket', (socket) => socket.unref());
    request.on('error', (error: NodeJS.ErrnoException) => fail(describeError(error)));
    request.on('response', (response) => {
      const { statusCode = 0 } = response;
      let answer = '';
      let length = 0;
      const end = (): void => finish(judge(statusCode, answer, response.headers['retry-after']));
      response.on('data', (chunk: Buffer) => {
        length += chunk.length;
        if (answer.length < MOST_PROBLEM_CHARACTERS) answer += chunk.toString('utf8');
        if (length > MOST_ANSWER_BYTES) end();
      });
      response.on('end', end);
      response.on('error', (error: NodeJS.ErrnoException) => fail(describeError(error)));
    });
    request.end(body);
  });
}

function judge(status: number, answer: string, retryAfter: string | undefined): UploadResult {
  if (status >= 200 && status < 300) return { ok: true, retry: false, problem: '', retryAfterMs: null };
  const said = answer.trim().slice(0, MOST_PROBLEM_CHARACTERS);
  const seconds = Number(retryAfter);
  return {
    ok: false,
    retry: status >= 500 || PASSING_STATUSES.includes(status),
    problem: `the server answered ${status}${said === '' ? '' : `: ${said}`}`,
    retryAfterMs: retryAfter !== undefined && seconds >= 0 ? seconds * 1000 : null,
  };
}

/** Errors of several addresses tried in turn have no message of their own. */
function describeError(error: NodeJS.ErrnoException): string {
  return error.message || error.code || error.name;
}
