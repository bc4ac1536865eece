import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './binaries.ts';

/** Where the metrics APIs of the test answer: the aggregator checks the certificate for `<service>.<namespace>.svc`. */
export const METRICS_SERVICE = { name: 'metrics-apis', namespace: 'kube-system' };

/** Files of keys and certificates, PEM. */
export interface Certificates {
  /** Signs what servers show. */
  readonly ca: string;
  readonly apiServer: KeyPairFiles;
  readonly metricsApis: KeyPairFiles;
  /** Signs the certificate by which the apiserver's aggregation layer shows itself to extension servers. */
  readonly frontProxyCa: string;
  readonly frontProxyClient: KeyPairFiles;
  readonly serviceAccounts: { readonly privateKey: string; readonly publicKey: string };
}

export interface KeyPairFiles {
  readonly certificate: string;
  readonly key: string;
}

/** Makes all of a cluster's certificates, good for two days. */
export async function makeCertificates(folder: string): Promise<Certificates> {
  // Without the machine's openssl.cnf, whose default extensions would make each certificate an authority.
  const config = join(folder, 'openssl.cnf');
  writeFileSync(config, '[req]\ndistinguished_name = name\n[name]\n');
  const [ca, frontProxyCa] = await Promise.all([
    certificate(folder, config, 'ca', AUTHORITY),
    certificate(folder, config, 'front-proxy-ca', AUTHORITY),
  ]);
  const { name, namespace } = METRICS_SERVICE;
  const [apiServer, metricsApis, frontProxyClient] = await Promise.all([
    certificate(folder, config, 'kube-apiserver', serves('DNS:localhost,IP:127.0.0.1'), ca),
    certificate(folder, config, name, serves(`DNS:${name}.${namespace}.svc,DNS:localhost,IP:127.0.0.1`), ca),
    certificate(folder, config, FRONT_PROXY_NAME, ['extendedKeyUsage=clientAuth'], frontProxyCa),
  ]);
  return {
    ca: ca.certificate,
    apiServer,
    metricsApis,
    frontProxyCa: frontProxyCa.certificate,
    frontProxyClient,
    serviceAccounts: serviceAccountKeys(folder),
  };
}

/** The name in the aggregation layer's client certificate. */
export const FRONT_PROXY_NAME = 'front-proxy-client';

const AUTHORITY = ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign'];

function serves(names: string): string[] {
  return [`subjectAltName=${names}`, 'extendedKeyUsage=serverAuth'];
}

async function certificate(
  folder: string,
  config: string,
  name: string,
  extensions: readonly string[],
  issuer?: KeyPairFiles,
): Promise<KeyPairFiles> {
  const files = { certificate: join(folder, `${name}.crt`), key: join(folder, `${name}.key`) };
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', files.key];
  const signed = issuer === undefined ? [] : ['-CA', issuer.certificate, '-CAkey', issuer.key];
  const added = extensions.flatMap((extension) => ['-addext', extension]);
  const what = ['-x509', '-config', config, '-subj', `/CN=${name}`, '-days', '2', '-out', files.certificate];
  await run('openssl', ['req', ...what, ...newKey, ...signed, ...added]);
  return files;
}

function serviceAccountKeys(folder: string): Certificates['serviceAccounts'] {
  const { privateKey, publicKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'sec1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const files = { privateKey: join(folder, 'sa.key'), publicKey: join(folder, 'sa.pub') };
  writeFileSync(files.privateKey, privateKey, { mode: 0o600 });
  writeFileSync(files.publicKey, publicKey);
  return files;
}
