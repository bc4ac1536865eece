import type { ProxyFailure } from '../network/proxy-failure.ts';
import { ApiError } from './api.ts';

/** The Status object that the API server answers errors with. */
export interface StatusObject {
  readonly kind?: string;
  readonly message?: string;
  readonly reason?: string;
  readonly code?: number;
  readonly details?: { readonly retryAfterSeconds?: number };
}

/** @param what the request: `PATCH https://…/scale` */
export function statusError(what: string, code: number, status: StatusObject, retryAfterSeconds?: number): ApiError {
  const reason = status.reason || REASONS[code] || `HTTP${code}`;
  const words = status.message?.trim() || 'no message';
  const after = retryAfterSeconds ?? status.details?.retryAfterSeconds;
  return new ApiError(`${what}: ${code} ${reason}: ${words}`, code, reason, after);
}

const REASONS: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  406: 'NotAcceptable',
  409: 'Conflict',
  410: 'Expired',
  415: 'UnsupportedMediaType',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

/** An answer's body as an error; what is no Status (a proxy's page) is quoted in part. */
export function answerError(what: string, code: number, body: string, retryAfterSeconds?: number): ApiError {
  return statusError(what, code, statusObjectOf(body), retryAfterSeconds);
}

function statusObjectOf(body: string): StatusObject {
  try {
    const parsed = JSON.parse(body) as StatusObject | null;
    if (parsed?.kind === 'Status') return parsed;
  } catch {
    // Not JSON: a proxy's page or plain text, quoted below.
  }
  return { message: body.slice(0, 200).replace(/\s+/g, ' ') };
}

/** Nothing came back, or not to its end. */
export function connectionError(what: string, error: unknown, deadlineSeconds: number): ApiError {
  if (error instanceof ApiError) return error;
  const { code = '', message, name } = error as NodeJS.ErrnoException;
  const fail = (reason: string, words: string) =>
    new ApiError(`${what}: ${words}`, 0, reason, undefined, { cause: error });
  if (name === 'TimeoutError' || /^UND_ERR_(?:HEADERS|BODY)_TIMEOUT$/.test(code)) {
    return fail('Timeout', `no whole answer within ${deadlineSeconds} s`);
  }
  if (code === 'ECONNREFUSED')
    return fail('ConnectionRefused', 'the connection was refused: is the API server running?');
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return fail('NoAddress', 'the host has no address');
  if (code === 'UND_ERR_CONNECT_TIMEOUT') return fail('ConnectTimeout', 'the connection could not be opened in time');
  if (/CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS|ERR_SSL/.test(code)) {
    return fail('UntrustedCertificate', `the server's certificate is not trusted (${message || code})`);
  }
  if (code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' || code === 'EPIPE') {
    return fail('ConnectionLost', 'the connection was closed in the middle of it');
  }
  return fail('Unreachable', message || code || name);
}

/** The proxy was not reached, or opened no way to the server. */
export function proxyError(what: string, failure: ProxyFailure): ApiError {
  const reason = failure.mayPass ? 'ProxyUnreachable' : 'ProxyRefused';
  return new ApiError(`${what}: ${failure.message}`, 0, reason, undefined, { cause: failure });
}

/** Nothing was sent, so that even a write can be sent again. */
const NOT_SENT = ['ConnectionRefused', 'NoAddress', 'ConnectTimeout', 'ProxyUnreachable'];
const MAY_PASS = [...NOT_SENT, 'Timeout', 'ConnectionLost', 'Unreachable'];

/**
 * Whether the same request may be sent again: reads after whatever may pass; writes only where the server said that it did
 * nothing (429) or was never reached, as a write whose answer got lost may have been carried out.
 */
export function mayRetry(error: ApiError, read: boolean): boolean {
  if (error.status === 429) return true;
  if (error.status === 0) return (read ? MAY_PASS : NOT_SENT).includes(error.reason);
  return read && error.status >= 500;
}
