import { httpStatusOf, type KubernetesApi } from '../../kubernetes/api.ts';
import { resourcePath, serviceProxyPath } from '../../kubernetes/resource-path.ts';

/** `http://prometheus.monitoring.svc:9090` → the path that leads there through the API server; undefined: there is no such Service. */
export async function serviceProxy(api: KubernetesApi, text: string): Promise<string | undefined> {
  const { protocol, hostname, port, pathname } = new URL(text);
  const [, name, namespace] = /^([a-z0-9-]+)\.([a-z0-9-]+)(?:\.svc(?:\..+)?)?$/.exec(hostname) ?? [];
  if (name === undefined || namespace === undefined) return undefined;
  try {
    await api.get<unknown>(resourcePath('v1', 'services', namespace, name));
  } catch (error) {
    if (httpStatusOf(error) === 404) return undefined;
    throw error;
  }
  const scheme = protocol.replace(':', '');
  const number = port || (scheme === 'https' ? '443' : '80');
  const behind = pathname.split('/').filter((part) => part !== '');
  return serviceProxyPath(namespace, { scheme, name, port: number }, behind.map(decodeURIComponent));
}
