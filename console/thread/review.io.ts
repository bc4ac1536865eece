import { Agent, request } from 'undici';
import { messageOf, WorldError } from '../../core/errors.ts';
import type { Review } from '../api/access.ts';
import type { ReviewServer } from './messages.ts';

const PATIENCE_MS = 5_000;
const MOST_BYTES = 1e6;
const PATH = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';

/**
 * Whether the owner of a token may get objects, asked of the API server as that user: it authenticates and authorizes in one, and our own
 * account needs no right for it.
 */
export function apiServerReview({ server, tls }: ReviewServer): Review {
  const agent = new Agent({
    connections: 16,
    headersTimeout: PATIENCE_MS,
    bodyTimeout: PATIENCE_MS,
    connect: { ...tls },
  });
  return async (token, { group, resource, namespace }) => {
    const attributes = { group, resource, verb: 'get', ...(namespace === undefined ? {} : { namespace }) };
    const review = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: attributes },
    };
    const { status, body } = await ask(`${server}${PATH}`, agent, token, JSON.stringify(review));
    if (status === 401) return 'unauthenticated';
    // Who may not even ask may nothing.
    if (status === 403) return 'denied';
    if (status < 200 || status >= 300) throw new WorldError(`the API server could not review a token: HTTP ${status}`);
    const parsed = JSON.parse(body) as { readonly status?: { readonly allowed?: unknown } };
    return parsed.status?.allowed === true ? 'allowed' : 'denied';
  };
}

async function ask(url: string, dispatcher: Agent, token: string, body: string) {
  try {
    const answer = await request(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', accept: 'application/json' },
      body,
      dispatcher,
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    let text = '';
    for await (const piece of answer.body) {
      text += String(piece);
      if (text.length > MOST_BYTES) throw new Error('its answer has no end');
    }
    return { status: answer.statusCode, body: text };
  } catch (error) {
    // The cause is not kept: it may hold the request with its token.
    throw new WorldError(`the API server could not be asked about a token: ${messageOf(error)}`);
  }
}
