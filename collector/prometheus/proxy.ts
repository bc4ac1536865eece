import { ApiError, type KubernetesApi } from '../../kubernetes/api.ts';
import { CredentialsRefused, type PrometheusHttp, TookTooLong } from './answer.ts';

/**
 * A Prometheus in the cluster, asked from outside of it through the API server: no port-forward, no credential but that of
 * the API, whose `services/proxy` right it needs. Its deadline and connections are the API's own.
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
        const { status, message } = error;
        // Prometheus's own refusals of a query; its words are in the message.
        if (status === 400 || status === 422) {
          return { status, body: JSON.stringify({ status: 'error', errorType: 'bad_data', error: message }) };
        }
        const cause = { cause: error };
        if (status === 401 || status === 403) {
          // Prometheus, or what stands before it, refuses in words of its own.
          const isRbac = /\bcannot get resource "services\/proxy"/.test(message);
          const right = isRbac ? '; expected the right to get services/proxy there' : '';
          throw new CredentialsRefused(`${name} refused (HTTP ${status}): ${message}${right}`, cause);
        }
        if (status === 504) throw new TookTooLong(`${name} failed (HTTP 504): ${message}`, cause);
        throw error;
      }
    },
  };
}
