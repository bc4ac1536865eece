import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { type Cluster, startCluster } from '../cluster/harness.ts';
import { freePorts } from '../cluster/ports.ts';
import { installPrescale } from '../cluster/prescale.ts';
import { buildImage, containerCommand, type Image, projectVersion, runContainer } from './image.ts';

/*
 * The image as it is shipped, built by `npm run image` and run as the chart runs it: its root read-only, its own user, no capabilities.
 * As root on Debian, with buildah and mmdebstrap.
 */
const NOBODY = 65532;

let image: Image;
let app: string;
const folders: string[] = [];

/** A folder for a container's user. */
function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'prescale-image-'));
  folders.push(path);
  chownSync(path, NOBODY, NOBODY);
  return path;
}

const prescale = (args: readonly string[], mounts: Readonly<Record<string, string>> = {}) =>
  runContainer(image, { args, mounts });
/** Of the image's Node, in the folder of the program. */
const script = (text: string) =>
  runContainer(image, { program: '/usr/local/bin/node', args: ['--input-type=module', '--eval', text] });
const names = (path: string) => readdirSync(join(image.root, path), { recursive: true, encoding: 'utf8' });

beforeAll(async () => {
  image = await buildImage();
  app = join(image.root, 'app');
}, 900_000);
afterAll(async () => {
  await image?.remove();
  for (const path of folders) rmSync(path, { recursive: true, force: true });
}, 120_000);

describe('the image', () => {
  it('says its version, its user and what it was built on', async () => {
    expect(await prescale(['--version'])).toEqual({ code: 0, stdout: `${projectVersion()}\n`, stderr: '' });
    expect(image.config.User).toBe(`${NOBODY}:${NOBODY}`);
    expect(image.config.Cmd).toEqual(['run']);
    const { Labels } = image.config;
    expect(Labels['org.opencontainers.image.version']).toBe(projectVersion());
    expect(Labels['org.opencontainers.image.base.name']).toMatch(/@sha256:[0-9a-f]{64}$/);
  });

  it('replays, and leaves its report in the folder that is mounted at /work', async () => {
    const work = folder();
    const { code, stdout } = await prescale(['replay', '--until', '2h'], { '/work': work });
    expect([code, stdout]).toEqual([0, expect.stringContaining('predictive')]);
    expect(readdirSync(join(work, 'prescale-report')).sort()).toEqual(['report.html', 'report.json', 'timeline.csv']);
    expect(statSync(join(work, 'prescale-report/report.json')).uid).toBe(NOBODY);
  }, 300_000);

  it('says before the work that nothing is mounted there', async () => {
    const { code, stderr } = await prescale(['replay', '--until', '2h']);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/--out: .* can't be written: a read-only file system/)]);
  });

  it('runs as nobody, without groups and capabilities, on a root that it cannot write', async () => {
    const { stdout } = await script(`
      import { readFileSync, writeFileSync } from 'node:fs';
      const status = readFileSync('/proc/self/status', 'utf8');
      const line = (name) => status.match(new RegExp('^' + name + ':[ \\\\t]*(.*)$', 'm'))[1].trim();
      const failure = (path) => { try { writeFileSync(path, ''); return 'written'; } catch (error) { return error.code; } };
      console.log(JSON.stringify({
        user: process.getuid(), group: process.getgid(), groups: line('Groups'), capabilities: line('CapEff'),
        app: failure('/app/x'), work: failure(process.cwd() + '/x'), store: failure('/var/lib/prescale/x'),
      }));`);
    expect(JSON.parse(stdout)).toEqual({
      user: NOBODY,
      group: NOBODY,
      groups: '',
      capabilities: '0000000000000000',
      app: 'EROFS',
      work: 'EROFS',
      store: 'EROFS',
    });
  });
});

describe('what the image holds', () => {
  it('no shell and no npm', () => {
    const programs = [...names('usr/local'), ...['bin', 'sbin', 'usr/bin', 'usr/sbin'].flatMap(names)].map((path) =>
      path.split('/').at(-1),
    );
    expect(programs).toEqual(expect.arrayContaining(['node', 'prescale']));
    for (const name of ['sh', 'bash', 'dash', 'busybox', 'npm', 'npx', 'corepack', 'apt-get']) {
      expect(programs).not.toContain(name);
    }
  });

  it('production packages only, no sources, maps, declarations or tests', () => {
    const { dependencies, devDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as Record<
      string,
      object
    >;
    for (const name of Object.keys(dependencies!)) expect(existsSync(join(app, 'node_modules', name)), name).toBe(true);
    for (const name of ['typescript', 'vitest', '@biomejs/biome', '@types']) {
      expect(existsSync(join(app, 'node_modules', name)), name).toBe(false);
    }
    expect(Object.keys(devDependencies!)).toEqual(expect.arrayContaining(['typescript', 'vitest']));
    expect(names('app/dist').filter((name) => /\.ts$|\.test\.|^benchmarks|tsbuildinfo/.test(name))).toEqual([]);
    expect(names('app').filter((name) => /\.map$|\.d\.[cm]?ts$/.test(name))).toEqual([]);
    expect(readdirSync(app).sort()).toEqual(
      ['LICENSE', 'LICENSES.md', 'README.md', 'dist', 'node_modules', 'package.json', 'prices', 'schemas'].sort(),
    );
  });

  it('every package with its licence and its package.json, as scanners and lawyers read them', () => {
    const client = readdirSync(join(app, 'node_modules/@kubernetes/client-node'));
    expect(client).toEqual(expect.arrayContaining(['LICENSE', 'package.json']));
  });

  it('of @kubernetes/client-node what is loaded, and of all packages under 70 MB', async () => {
    const { stdout } = await script(`
      const { KubeConfig } = await import('/app/node_modules/@kubernetes/client-node/dist/index.js');
      console.log(typeof new KubeConfig().loadFromFile);`);
    expect(stdout).toBe('function\n');
    expect(bytes('node_modules/@kubernetes/client-node')).toBeLessThan(20e6);
    expect(bytes('node_modules')).toBeLessThan(70e6);
  });

  it('WebAssembly for the training of the neural model, and of its packages only what Node loads', async () => {
    const { stdout } = await script(`
      const { loadBackend } = await import('/app/dist/models/neural/backend.io.js');
      const { name, why } = await loadBackend();
      console.log(JSON.stringify({ name, why, cpu: (await loadBackend({ prefer: 'cpu' })).name }));`);
    expect(JSON.parse(stdout)).toEqual({
      name: 'wasm',
      why: expect.stringContaining('not native TensorFlow: @tensorflow/tfjs-node is not installed'),
      cpu: 'cpu',
    });
    expect(readdirSync(join(app, 'node_modules/@tensorflow'))).not.toContain('tfjs-node');
    expect(bytes('node_modules/@tensorflow')).toBeLessThan(8e6);
  });

  it('can be built with native TensorFlow.js: the script is there', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
    const [, file] = /^node (\S+)$/.exec(scripts.native!)!;
    const dockerfile = readFileSync('Dockerfile', 'utf8');
    expect(dockerfile).toMatch(/if \[ "\$\{NATIVE_TFJS\}" = true \]; then[^;]*npm run native/);
    const copied = [...dockerfile.matchAll(/^COPY (?!--)(\S+) \1$/gm)].map(([, path]) => path!);
    expect(copied.some((path) => file!.startsWith(`${path}/`) && existsSync(file!))).toBe(true);
  });

  function bytes(path: string): number {
    return names(join('app', path))
      .map((name) => statSync(join(app, path, name)))
      .reduce((sum, stat) => sum + (stat.isFile() ? stat.size : 0), 0);
  }
});

describe('the image as a pod of the chart', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster();
  });
  afterAll(() => cluster?.stop());

  it('runs with the mounted token, becomes ready, and answers `prescale status`', async () => {
    await cluster.createNamespace('shop');
    await cluster.createDeployment({
      namespace: 'shop',
      name: 'web',
      replicas: 3,
      annotations: { 'prescale.dev/enabled': 'true', 'prescale.dev/max-replicas': '9' },
    });
    const { namespace, kubeconfig, release } = await installPrescale(cluster);
    const mounts = {
      '/var/run/secrets/kubernetes.io/serviceaccount': serviceAccount(kubeconfig, namespace),
      '/etc/prescale/config': await configuration(namespace, release),
      '/var/lib/prescale': folder(),
    };
    const [, host, port] = /^https:\/\/([\d.]+):(\d+)$/.exec(cluster.apiUrl)!;
    const env = {
      KUBERNETES_SERVICE_HOST: host!,
      KUBERNETES_SERVICE_PORT: port!,
      POD_NAME: 'prescale-0',
      POD_NAMESPACE: namespace,
    };
    const { http, console } = parse(readFileSync(join(mounts['/etc/prescale/config'], 'config.yaml'), 'utf8'));
    const pod = cluster.program({
      name: 'image',
      ...containerCommand(image, { args: ['run', '--config', '/etc/prescale/config/config.yaml'], mounts, env }),
      ready: async () => (await fetch(`http://${http.probeListen}/readyz`)).ok,
    });
    await pod.start();
    const status = await cluster.waitFor(
      'the status of shop/Deployment/web',
      async () => {
        const { stdout, stderr } = await runContainer(image, {
          args: ['status', '--url', `http://${console.listen}`],
          mounts,
          env,
        });
        if (!/shop.*web/s.test(stdout)) throw new Error(`${stdout}${stderr}`);
        return stdout;
      },
      60,
    );
    expect(status).toMatch(/web/);
    await pod.stop();
    expect(pod.log()).not.toMatch(/"level":(?:50|60)/);
  }, 240_000);

  /** What a kubelet mounts for the ServiceAccount of a kubeconfig. */
  function serviceAccount(kubeconfig: string, namespace: string): string {
    const { clusters, users } = JSON.parse(readFileSync(kubeconfig, 'utf8'));
    const path = folder();
    writeFileSync(join(path, 'token'), users[0].user.token);
    writeFileSync(join(path, 'ca.crt'), Buffer.from(clusters[0].cluster['certificate-authority-data'], 'base64'));
    writeFileSync(join(path, 'namespace'), namespace);
    return path;
  }

  /** The chart's own, on ports that are free here. */
  async function configuration(namespace: string, release: string): Promise<string> {
    const { data } = await cluster.kubectlJson<{ data: Record<string, string> }>(
      'get',
      'configmap',
      release,
      '-n',
      namespace,
    );
    const [listen, probes, shown] = await freePorts(3);
    const path = folder();
    mkdirSync(path, { recursive: true });
    const http = { listen: `127.0.0.1:${listen}`, probeListen: `127.0.0.1:${probes}` };
    const own = { http, console: { listen: `127.0.0.1:${shown}` } };
    writeFileSync(join(path, 'config.yaml'), stringify({ ...parse(data['config.yaml']!), ...own }));
    return path;
  }
});
