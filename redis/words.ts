import { messageOf } from '../core/errors.ts';

/** What a failure is about, so that it can be said who should do what. */
interface Cause {
  readonly pattern: RegExp;
  readonly words: string;
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
  { pattern: /\bOOM\b/, words: 'it is full (maxmemory), so nothing more can be stored' },
  { pattern: /READONLY/, words: 'it is a replica that may not be written to: another one is the master now' },
  { pattern: /LOADING/, words: 'it is loading its data' },
  { pattern: /CLUSTERDOWN/, words: 'the cluster is down: some of its slots have no master' },
  {
    pattern:
      /certificate|SELF_SIGNED|UNABLE_TO_|ERR_TLS|ERR_SSL|EPROTO|wrong version number|altname|ssl routines|ERR_OSSL/i,
    words: 'TLS was refused: are redis.tls.caFile, certFile and serverName right, and does it speak TLS there?',
  },
  { pattern: /ECONNREFUSED/, words: 'nobody listens there' },
  { pattern: /ENOTFOUND|EAI_AGAIN/, words: 'its name is not known to DNS' },
  { pattern: /All sentinels are unreachable/, words: 'no Sentinel knows where the master is' },
  {
    pattern: /connect ETIMEDOUT/,
    words: 'there was no connection in redis.connectSeconds (where TLS is on: does it speak TLS there?)',
  },
  { pattern: /Command timed out|Socket timeout/, words: 'it did not answer in redis.commandSeconds' },
  {
    pattern: /isn't writeable|max retries per request|Connection is closed|ECONNRESET|EPIPE|closed/i,
    words: 'the connection is closed',
  },
];

/** An error of Redis or of the way to it, as a sentence that says where it was, what it is about and what was found. */
export function redisWords(error: unknown, address: string): string {
  const found = textOf(error);
  const cause = CAUSES.find(({ pattern }) => pattern.test(found));
  return `Redis (${address}): ${cause === undefined ? found : `${cause.words} (${found})`}`;
}

/** With the code, and what lies behind: a cluster's "Failed to refresh slots cache" says nothing by itself. */
function textOf(error: unknown): string {
  const { code, lastNodeError } = (error ?? {}) as { code?: unknown; lastNodeError?: unknown };
  if (lastNodeError !== undefined && lastNodeError !== error) return textOf(lastNodeError);
  const message = messageOf(error).trim();
  return typeof code === 'string' && !message.includes(code) ? `${code}: ${message}` : message;
}
