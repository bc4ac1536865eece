import type { PrometheusHttp } from '../../../collector/prometheus/answer.ts';
import { discoverPrometheus, discoveryNamespaces } from '../../../collector/prometheus/discovery.ts';
import { prometheusHttp } from '../../../collector/prometheus/http.io.ts';
import { prometheusThroughApiServer } from '../../../collector/prometheus/proxy.ts';
import { InputError, messageOf, WorldError } from '../../../core/errors.ts';
import type { KubernetesApi } from '../../../kubernetes/api.ts';
import { serviceProxy } from '../../cluster/service-proxy.ts';
import { type PrometheusFlags, parseAccess } from '../../options/prometheus-options.ts';

/** A way to ask the Prometheus that was chosen, and which it is and why. */
export interface ChosenPrometheus {
  readonly http: PrometheusHttp;
  readonly why: string;
}

/** A range query over weeks takes longer than the newest values do. */
const LIMITS = { bodyBytes: 64e6, attemptMs: 60_000, attempts: 3, slowAttempts: 1, backoffMs: 500 };

/**
 * The Prometheus that a person names; else the one that well-known Services lead to. Outside the cluster a Service is asked through the API
 * server.
 * @throws InputError where a person must choose, WorldError where none is found
 */
export async function choosePrometheus(
  api: KubernetesApi & { readonly namespace: string },
  flags: PrometheusFlags,
  inside: boolean,
  env: NodeJS.ProcessEnv,
): Promise<ChosenPrometheus> {
  if (flags.prometheus !== undefined) return named(api, flags.prometheus, flags, inside, env);
  const stray = Object.keys(flags).find((name) => name.startsWith('prometheus'));
  if (stray !== undefined) throw new InputError('--prometheus-… options need --prometheus <url>');
  const { choice, why, ambiguous } = await discovered(api);
  const words = why.replaceAll('prometheus.url', '--prometheus');
  if (choice === undefined) throw ambiguous ? new InputError(words) : new WorldError(words);
  const http = inside ? prometheusHttp({ url: choice.url }, LIMITS) : prometheusThroughApiServer(api, choice.proxyPath);
  return { http, why: inside ? words : `${words}; asked through the API server` };
}

async function named(
  api: KubernetesApi,
  url: string,
  flags: PrometheusFlags,
  inside: boolean,
  env: NodeJS.ProcessEnv,
): Promise<ChosenPrometheus> {
  const access = parseAccess(url, flags, env);
  const http = prometheusHttp(access, LIMITS);
  const hasAccess = Object.keys(flags).some((name) => name.startsWith('prometheus') && name !== 'prometheus');
  const proxyPath = inside || hasAccess ? undefined : await serviceProxy(api, url);
  if (proxyPath === undefined) return { http, why: `${http.name}, as --prometheus says` };
  await http.close();
  return {
    http: prometheusThroughApiServer(api, proxyPath),
    why: `${http.name}, as --prometheus says; asked through the API server`,
  };
}

async function discovered(api: KubernetesApi & { readonly namespace: string }) {
  try {
    return await discoverPrometheus(api, discoveryNamespaces([], api.namespace));
  } catch (error) {
    throw new WorldError(`Prometheus can't be looked for: ${messageOf(error)}; --prometheus names it`, {
      cause: error,
    });
  }
}

/** The same, its requests counted. */
export function counted(http: PrometheusHttp): { readonly http: PrometheusHttp; readonly count: () => number } {
  let asked = 0;
  return {
    http: {
      name: http.name,
      close: () => http.close(),
      ask: (path, parameters) => {
        asked++;
        return http.ask(path, parameters);
      },
    },
    count: () => asked,
  };
}
