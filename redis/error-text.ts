import { messageOf, WorldError } from '../core/errors.ts';

/** What a failure is about, so that it can be said who should do what. */
interface Cause {
  readonly pattern: RegExp;
  readonly words: string;
  /** What was found is the client's own talk, and says nothing more. */
  readonly bare?: boolean;
}

const CAUSES: readonly Cause[] = [
  {
    pattern: /WRONGPASS|invalid password|invalid username-password/i,
    words: 'it refused the password: is redis.passwordFile (and redis.username) the one that Redis has?',
  },
  { pattern: /NOAUTH/, words: 'it asks for a password, and redis.passwordFile gives none' },
  {
    pattern: /NOPERM|user executing the script can't/,
    words: 'the user lacks a right: docs/security.md has the ACL line',
  },
  { pattern: /\bOOM\b/, words: 'it is full (maxmemory), so nothing more can be stored: raise maxmemory' },
  {
    pattern: /READONLY/,
    words:
      'it is a replica that may not be written to: another one is the master now, give its address or the Sentinels',
  },
  { pattern: /MISCONF/, words: 'it can not save to its disk, so it takes no writes: is the disk full?' },
  { pattern: /LOADING/, words: 'it is loading its data: wait' },
  { pattern: /CLUSTERDOWN/, words: 'the cluster is down: some of its slots have no master' },
  {
    pattern:
      /certificate|SELF_SIGNED|UNABLE_TO_|ERR_TLS|ERR_SSL|EPROTO|wrong version number|altname|ssl routines|ERR_OSSL/i,
    words: 'TLS was refused: are redis.tls.caFile, certFile and serverName right, and does it speak TLS there?',
  },
  { pattern: /ECONNREFUSED/, words: 'nobody listens there: does Redis run, and is the port right?' },
  { pattern: /ENOTFOUND|EAI_AGAIN/, words: 'its name is not known to DNS: is the host right?' },
  { pattern: /All sentinels are unreachable/, words: 'no Sentinel knows where the master is' },
  {
    pattern: /connect ETIMEDOUT/,
    words: 'there was no connection in redis.connectSeconds (where TLS is on: does it speak TLS there?)',
  },
  {
    pattern: /Command timed out|Socket timeout/,
    words: 'it did not answer in redis.commandSeconds: is it overloaded, or the network cut?',
  },
  {
    pattern: /isn't writeable|max retries per request|Connection is closed|ECONNRESET|EPIPE|closed/i,
    words: 'the connection is closed and made anew: does Redis run, and may this pod reach it (prescale doctor)?',
    bare: true,
  },
];

/** An error of Redis or of the way to it, as a sentence that says where it was, what it is about and what was found. */
export function redisWords(error: unknown, address: string): string {
  const found = textOf(error);
  // It was said so already.
  if (error instanceof WorldError && found.startsWith('Redis')) return found;
  const cause = CAUSES.find(({ pattern }) => pattern.test(found));
  if (cause?.bare) return `Redis (${address}): ${cause.words}`;
  return `Redis (${address}): ${cause === undefined ? found : `${cause.words} (${found})`}`;
}

/** Errors that our own code and BullMQ go by: they stay as they are. */
const GONE_BY = /^(NOSCRIPT|WRONGTYPE|MOVED|ASK|TRYAGAIN|CLUSTERDOWN|EXECABORT|BUSYGROUP)\b/;

/** The same as an error, where its cause is one that a person can do something about; else the error itself. */
export function inRedisWords(error: Error, address: string): Error {
  const found = textOf(error);
  const known = !GONE_BY.test(found) && CAUSES.some(({ pattern }) => pattern.test(found));
  return known ? new WorldError(redisWords(error, address), { cause: error }) : error;
}

/** What BullMQ prints by itself: said by the health check, in our words. */
const SAID_ALREADY =
  /^IMPORTANT! Eviction policy is|^Skipping the ready check because INFO|^It is highly recommended to use a minimum Redis version/;

/** A warning that a library prints to the console. @returns what is to be logged; undefined: nothing, it is said elsewhere in our words */
export function libraryWarning(text: string): string | undefined {
  return SAID_ALREADY.test(text) ? undefined : `a library warns: ${text.replace(/\s+/g, ' ').trim()}`;
}

/** With the code, and what lies behind: a cluster's "Failed to refresh slots cache" says nothing by itself. */
function textOf(error: unknown): string {
  const { code, lastNodeError } = (error ?? {}) as { code?: unknown; lastNodeError?: unknown };
  if (lastNodeError !== undefined && lastNodeError !== error) return textOf(lastNodeError);
  const message = messageOf(error).trim();
  return typeof code === 'string' && !message.includes(code) ? `${code}: ${message}` : message;
}
