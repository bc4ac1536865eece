import { ApiError, type KubernetesApi } from '../../kubernetes/api.ts';
import {
  CredentialsRefused,
  type HttpAnswer,
  type PrometheusHttp,
  RequestTooLarge,
  TOO_LARGE,
  TookTooLong,
  TooMuchAtOnce,
} from './answer.ts';

/**
 * A Prometheus in the cluster, asked from outside of it through the API server: no port-forward, no credential but that of
 * the API, whose `services/proxy` right it needs. Its deadline, attempts and connections are the API's own.
 * @param proxyPath `/api/v1/namespaces/monitoring/services/http:prometheus:9090/proxy`
 */
export function prometheusThroughApiServer(api: KubernetesApi, proxyPath: string): PrometheusHttp {
  const name = `${api.server}${proxyPath}`;
  return {
    name,
    close: async () => {},
    async ask(path, parameters) {
      try {
        return { status: 200, body: JSON.stringify(await api.get<unknown>(`${proxyPath}${path}`, parameters)) };
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        return refused(name, error);
      }
    },
  };
}

/** Prometheus's own refusals of a query are answers; its words are in the message. @throws WorldError for all others */
function refused(name: string, error: ApiError): HttpAnswer {
  const { status, reason, message } = error;
  const cause = { cause: error };
  if (TOO_LARGE.includes(status)) {
    throw new RequestTooLarge(`${name} refused the query as too large (HTTP ${status}): ${message}`, cause);
  }
  if (reason === 'TooLarge') throw new TooMuchAtOnce(`${name} answered with too much at once: ${message}`, cause);
  if (status === 400 || status === 422) {
    return { status, body: JSON.stringify({ status: 'error', errorType: 'bad_data', error: message }) };
  }
  if (status === 401 || status === 403) {
    // Prometheus, or what stands before it, refuses in words of its own.
    const isRbac = /\bcannot get resource "services\/proxy"/.test(message);
    const right = isRbac ? '; expected the right to get services/proxy there' : '';
    throw new CredentialsRefused(`${name} refused (HTTP ${status}): ${message}${right}`, cause);
  }
  // Prometheus ends a query that is too slow with 503 "timeout", the API server with 504, and we end it with no status.
  const isSlow =
    status === 504 || (status === 0 && reason === 'Timeout') || /"errorType"\s*:\s*"timeout"/.test(message);
  if (isSlow) throw new TookTooLong(`${name} failed (HTTP ${status}): ${message}`, cause);
  throw error;
}
