import { Agent, request } from 'undici';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** Any object of Kubernetes, as far as tests look at every kind. */
export interface KubernetesObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
}

/** The API server by its paths, as the administrator: quicker than a kubectl for each look. */
export interface ApiClient {
  readonly url: string;
  /** PEM of the authority that signed the server's certificate. */
  readonly ca: string;
  /** @throws with method, path, status and message where the answer is not 2xx. A PATCH is a JSON merge patch. */
  request<T>(method: Method, path: string, body?: unknown): Promise<T>;
  /** undefined where there is no such object. */
  find<T>(path: string): Promise<T | undefined>;
  /** Whether /readyz says ok. */
  isReady(): Promise<boolean>;
  close(): Promise<void>;
}

/** @param token a bearer token */
export function apiClient(url: string, ca: string, token: string): ApiClient {
  const dispatcher = new Agent({ connect: { ca }, headersTimeout: 30_000, bodyTimeout: 30_000 });
  const ask = async (method: Method, path: string, body?: unknown) => {
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const headers = { authorization: `Bearer ${token}`, accept: 'application/json', 'content-type': type };
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const answer = await request(url + path, { dispatcher, method, headers, ...sent });
    return { status: answer.statusCode, text: await answer.body.text() };
  };
  const succeed = (method: Method, path: string, { status, text }: { status: number; text: string }) => {
    if (status >= 200 && status < 300) return JSON.parse(text);
    throw new Error(`${method} ${path}: HTTP ${status} ${text.slice(0, 500)}`);
  };
  return {
    url,
    ca,
    request: async (method, path, body) => succeed(method, path, await ask(method, path, body)),
    find: async (path) => {
      const answer = await ask('GET', path);
      return answer.status === 404 ? undefined : succeed('GET', path, answer);
    },
    isReady: async () => (await ask('GET', '/readyz')).status === 200,
    close: () => dispatcher.destroy(),
  };
}
