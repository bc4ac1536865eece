/** Where Redis is and how to speak to it: the `redis` part of the addon's settings. Exactly one of url, sentinels and cluster is given. */
export interface RedisSettings {
  readonly url: string | undefined;
  readonly sentinels: { readonly names: readonly string[]; readonly master: string };
  readonly cluster: readonly string[];
  readonly username: string | undefined;
  readonly passwordFile: string | undefined;
  readonly sentinelPasswordFile: string | undefined;
  readonly macKeyFile: string | undefined;
  readonly tls: {
    readonly enabled: boolean;
    readonly caFile: string | undefined;
    readonly certFile: string | undefined;
    readonly keyFile: string | undefined;
    readonly serverName: string | undefined;
  };
  readonly keyPrefix: string;
  readonly connectSeconds: number;
  readonly commandSeconds: number;
}

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** @param text host:port, or [address]:port */
export function hostPort(text: string): HostPort {
  const colon = text.lastIndexOf(':');
  return { host: text.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(text.slice(colon + 1)) };
}

/** What follows redis://, and its database. */
export function urlAddress(url: string): HostPort & { readonly db: number } {
  const { hostname, port, pathname } = new URL(url);
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? 6379 : Number(port),
    db: Number(pathname.slice(1)),
  };
}

export function speaksTls({ url, tls }: RedisSettings): boolean {
  return tls.enabled || url?.startsWith('rediss:') === true;
}

/** For messages: where Redis is, without credentials. */
export function addressOf({ url, sentinels, cluster }: RedisSettings): string {
  if (url !== undefined) return new URL(url).host;
  if (cluster.length > 0) return `the cluster of ${cluster.join(', ')}`;
  return `${sentinels.master} of the Sentinels ${sentinels.names.join(', ')}`;
}
