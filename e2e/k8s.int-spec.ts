import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { newKeyPair } from '@floodgate/nest-kit';
import { appsOf, configSchemaOf, variablesOf } from '@floodgate/tools/docs';
import { checkManifest } from './k8s/check-manifest';
import {
  type Container,
  type Manifest,
  type NetworkPolicy,
  ofKind,
  render,
  ROOT,
  theOne,
  theWorkload,
  type Workload,
  workloads,
} from './k8s/manifest';

const APPS = appsOf(ROOT);
const WITH_SCHEMA = APPS.filter((app) => app !== 'gateway');
const NAME = 'app.kubernetes.io/name';

/** What the migrations of an app read; their schema stands in its migrate.ts. */
const OWNER_VARIABLES: Readonly<Record<string, readonly string[]>> = {
  'prize-payout': ['MYSQL_OWNER_URL', 'CHANNEL_MYSQL_OWNER_URL'],
};

const RESTRICTED_POD = {
  runAsNonRoot: true,
  runAsUser: 1000,
  seccompProfile: { type: 'RuntimeDefault' },
};

const RESTRICTED_CONTAINER = {
  allowPrivilegeEscalation: false,
  privileged: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
};

/** Apps whose pods are called by their own names. */
const NAMED = ['inventory'];

/** grpc-js looks a name up again no sooner than this after the last time. */
const LOOKUP_EVERY_S_MIN = 30;

const podOf = (workload: Workload) => workload.spec.template.spec;

function containerOf(containers: readonly Container[] | undefined, name: string): Container {
  const container = containers?.find((candidate) => candidate.name === name);
  if (container === undefined) throw new Error(`there is no container ${name}`);
  return container;
}

const KEY_PAIR = newKeyPair();

/** A value that passes for what a Secret or the cluster gives under a variable's name. */
function standIn(name: string): string {
  if (name.endsWith('MYSQL_URL')) return 'mysql://user:password@mysql:3306/schema';
  if (name === 'REDIS_URL') return 'redis://redis:6379';
  if (name === 'POLICY_SIGNING_KEY') return KEY_PAIR.signingKey;
  if (name === 'POLICY_PUBLIC_KEYS') return KEY_PAIR.publicKey;
  return 'x'.repeat(32);
}

const whole = render('base');

describe('k8s/base', () => {
  it.each(whole.map((manifest) => ({ manifest, name: `${manifest.kind} ${manifest.metadata.name}` })))(
    '$name is what Kubernetes takes, to the last field',
    ({ manifest }) => {
      expect(checkManifest(manifest)).toEqual([]);
    },
  );

  it('holds every app, in a namespace that refuses pods with more rights', () => {
    expect(
      workloads(whole)
        .map(({ metadata }) => metadata.name)
        .sort(),
    ).toEqual(APPS);
    expect(ofKind(whole, 'StatefulSet').map(({ metadata }) => metadata.name)).toEqual(NAMED);
    const namespace = whole.find(({ kind }) => kind === 'Namespace');
    expect(namespace?.metadata.labels?.['pod-security.kubernetes.io/enforce']).toBe('restricted');
    const elsewhere = whole.filter(({ kind, metadata }) => kind !== 'Namespace' && metadata.namespace !== 'floodgate');
    expect(elsewhere).toEqual([]);
  });

  it('denies all traffic that no policy allows', () => {
    const deny = ofKind(whole, 'NetworkPolicy').find(({ metadata }) => metadata.name === 'default-deny');
    expect(deny?.spec).toEqual({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
  });

  it('names no image by a tag that moves', () => {
    const containers = workloads(whole).flatMap((workload) => [
      ...podOf(workload).containers,
      ...(podOf(workload).initContainers ?? []),
    ]);
    expect(containers.filter(({ image }) => !/:\d+\.\d+\.\d+$/.test(image))).toEqual([]);
  });

  it('tells in k8s/README.md of every Secret that it needs', () => {
    const readme = readFileSync(join(ROOT, 'k8s/README.md'), 'utf8').replaceAll(/ +/g, ' ');
    const secrets = workloads(whole).flatMap((workload) =>
      [...podOf(workload).containers, ...(podOf(workload).initContainers ?? [])].flatMap((container) =>
        (container.env ?? []).flatMap(({ valueFrom }) => valueFrom?.secretKeyRef ?? []),
      ),
    );
    const wanted = new Map<string, Set<string>>();
    for (const { name, key } of secrets) wanted.set(name, (wanted.get(name) ?? new Set()).add(key));
    const missing = [...wanted].filter(
      ([name, keys]) => !readme.includes(`| \`${name}\` | ${[...keys].map((key) => `\`${key}\``).join(', ')} |`),
    );
    expect(missing).toEqual([]);
  });
});

describe.each(APPS)('k8s/base/%s', (app) => {
  const manifests = render(`base/${app}`);
  const workload = theWorkload(manifests);
  const pod = podOf(workload);
  const container = containerOf(pod.containers, 'app');
  const labels = workload.spec.template.metadata.labels;

  it('runs more than one instance, and loses one at a time', () => {
    expect(workload.spec.replicas).toBeGreaterThanOrEqual(2);
    expect(theOne(manifests, 'PodDisruptionBudget').spec.maxUnavailable).toBe(1);
  });

  it('selects its own pods everywhere', () => {
    const own = { [NAME]: app };
    expect(labels).toMatchObject(own);
    expect(workload.spec.selector.matchLabels).toEqual(own);
    expect(theOne(manifests, 'PodDisruptionBudget').spec.selector.matchLabels).toEqual(own);
    expect(theOne(manifests, 'NetworkPolicy').spec.podSelector.matchLabels).toEqual(own);
    for (const service of ofKind(manifests, 'Service')) expect(service.spec.selector).toEqual(own);
  });

  it('gives its pods no rights that they do not need', () => {
    expect(pod.securityContext).toMatchObject(RESTRICTED_POD);
    expect(pod.automountServiceAccountToken).toBe(false);
    expect(pod.enableServiceLinks).toBe(false);
    expect(pod.serviceAccountName).toBe(theOne(manifests, 'ServiceAccount').metadata.name);
    for (const each of [...pod.containers, ...(pod.initContainers ?? [])]) {
      expect(each.securityContext).toEqual(RESTRICTED_CONTAINER);
      expect(each.resources?.requests).toHaveProperty('cpu');
      expect(each.resources?.limits).toHaveProperty('memory');
    }
  });

  it('probes what the app serves, and lets it end in order', async () => {
    const http = { port: 'http' };
    expect(container.startupProbe?.httpGet).toEqual({ ...http, path: '/health/live' });
    expect(container.livenessProbe?.httpGet).toEqual({ ...http, path: '/health/live' });
    expect(container.readinessProbe?.httpGet).toEqual({ ...http, path: '/health/ready' });
    const config = (await configured(manifests, app)) as { SHUTDOWN_GRACE_MS: number };
    const preStopMs = (container.lifecycle?.preStop?.sleep?.seconds ?? 0) * 1000;
    expect(preStopMs).toBeGreaterThan(0);
    expect(pod.terminationGracePeriodSeconds * 1000).toBeGreaterThan(preStopMs + config.SHUTDOWN_GRACE_MS);
  });

  it('configures the app with variables that it knows, and with all that it requires', async () => {
    const known = variablesOf(await configSchemaOf(app));
    const given = Object.keys(environmentOf(manifests));
    expect(given.filter((name) => !known.some((variable) => variable.name === name))).toEqual([]);
    expect(known.filter(({ name, isRequired }) => isRequired && !given.includes(name))).toEqual([]);
    await expect(configured(manifests, app)).resolves.toBeDefined();
  });

  it('opens the ports that the app listens on', async () => {
    const config = (await configured(manifests, app)) as { HTTP_PORT: number; GRPC_PORT?: number };
    const ports = Object.fromEntries((container.ports ?? []).map(({ name, containerPort }) => [name, containerPort]));
    expect(ports).toEqual({
      http: config.HTTP_PORT,
      ...(config.GRPC_PORT !== undefined && { grpc: config.GRPC_PORT }),
    });
    for (const { spec } of ofKind(manifests, 'Service')) {
      for (const { targetPort } of spec.ports) expect(ports).toHaveProperty(targetPort);
    }
  });
});

describe.each(WITH_SCHEMA)('the migrations of k8s/base/%s', (app) => {
  const pod = podOf(theWorkload(render(`base/${app}`)));
  const migrate = containerOf(pod.initContainers, 'migrate');

  it('run from the same image before the app starts', () => {
    expect(migrate.image).toBe(containerOf(pod.containers, 'app').image);
    expect(migrate.command).toEqual(['node', 'dist/apps/app/src/migrate.js']);
  });

  it("have the schema owner's password, which the app has not", () => {
    const names = migrate.env?.map(({ name }) => name);
    expect(names).toEqual(OWNER_VARIABLES[app] ?? ['MYSQL_OWNER_URL']);
    const secretsOf = (container: Container): string[] =>
      (container.env ?? []).flatMap(({ valueFrom }) => valueFrom?.secretKeyRef?.name ?? []);
    expect(new Set(secretsOf(migrate))).toEqual(new Set([`${app}-owner`]));
    expect(secretsOf(containerOf(pod.containers, 'app'))).not.toContain(`${app}-owner`);
  });
});

describe('the gateway in k8s/base', () => {
  const manifests = render('base/gateway');
  const environment = environmentOf(manifests);
  const addresses = Object.entries(environment)
    .filter(([name]) => name.endsWith('_GRPC'))
    .flatMap(([name, list]) => list.split(',').map((address) => [name, address] as const));

  it.each(addresses)('finds %s at %s, which lets it in', (_, address) => {
    // A Service's name, or a pod's before it.
    const [, host = '', port = ''] = /^dns:\/\/\/(?:[\w-]+\.)?([\w-]+):(\d+)$/.exec(address) ?? [];
    const service = ofKind(whole, 'Service').find(({ metadata }) => metadata.name === host);
    expect(service?.spec.clusterIP).toBe('None');
    expect(service?.spec.ports.map((each) => each.port)).toContain(Number(port));
    const callee = service?.spec.selector[NAME] ?? '';
    const policy = policyOf(callee);
    expect(policy.spec.ingress).toContainEqual({
      from: [{ podSelector: { matchLabels: { [NAME]: 'gateway' } } }],
      ports: [{ port: 'grpc' }],
    });
    const callees = policyOf('gateway').spec.egress?.flatMap(({ to }) => to ?? []);
    expect(JSON.stringify(callees)).toContain(`"${callee}"`);
  });

  it('knows every pod of inventory by its name, and none that there is not', () => {
    const { metadata, spec } = theOne(render('base/inventory'), 'StatefulSet');
    const pods = Array.from({ length: spec.replicas }, (__, ordinal) => `${metadata.name}-${ordinal}`);
    expect(environment['INVENTORY_GRPC']?.split(',')).toEqual(
      pods.map((pod) => `dns:///${pod}.${spec.serviceName}:9090`),
    );
  });

  it("takes as large a share of the plan's caps as leaves the same for each of its instances", async () => {
    const config = (await configured(manifests, 'gateway')) as { INSTANCE_COUNT: number };
    expect(config.INSTANCE_COUNT).toBe(theWorkload(manifests).spec.replicas);
  });
});

describe.each(NAMED)('the pods of k8s/base/%s', (app) => {
  const manifests = render(`base/${app}`);
  const { spec } = theOne(manifests, 'StatefulSet');

  it('have names that last, ready or not', () => {
    const service = ofKind(manifests, 'Service').find(({ metadata }) => metadata.name === spec.serviceName);
    expect(service?.spec).toMatchObject({ clusterIP: 'None', publishNotReadyAddresses: true });
  });

  it('start all at once, and are replaced no faster than gateways find the new ones', () => {
    expect(spec.podManagementPolicy).toBe('Parallel');
    expect(spec.minReadySeconds).toBeGreaterThan(LOOKUP_EVERY_S_MIN);
  });
});

describe('the check of manifests', () => {
  const service = ofKind(whole, 'Service')[0] as Manifest & { spec: object };

  it('refuses a field that Kubernetes does not know', () => {
    expect(checkManifest({ ...service, spec: { ...service.spec, slector: {} } } as Manifest)).toEqual([
      'unknown field .spec.slector',
    ]);
  });

  it('refuses an unknown field deep inside', () => {
    const deployment = structuredClone(theOne(render('base/order'), 'Deployment'));
    Object.assign(containerOf(podOf(deployment).containers, 'app'), { livenesProbe: {} });
    expect(checkManifest(deployment)).toEqual(['unknown field .spec.template.spec.containers.0.livenesProbe']);
  });

  it("refuses a Deployment's field in a StatefulSet", () => {
    const statefulSet = structuredClone(theOne(render('base/inventory'), 'StatefulSet'));
    Object.assign(statefulSet.spec, { strategy: {} });
    expect(checkManifest(statefulSet)).toEqual(['unknown field .spec.strategy']);
  });

  it('refuses a value of another type, and a kind that there is not', () => {
    expect(checkManifest({ ...service, spec: { ...service.spec, ports: 80 } } as Manifest)).toHaveLength(1);
    expect(checkManifest({ ...service, kind: 'Servce' })).toEqual(['there is no v1 Servce']);
  });
});

function policyOf(app: string): NetworkPolicy {
  const policy = ofKind(whole, 'NetworkPolicy').find(({ metadata }) => metadata.name === app);
  if (policy === undefined) throw new Error(`there is no network policy of ${app}`);
  return policy;
}

/** The environment that the app's container starts with; what only a cluster knows has a stand-in. */
function environmentOf(manifests: readonly Manifest[]): Record<string, string> {
  const container = containerOf(podOf(theWorkload(manifests)).containers, 'app');
  const maps = (container.envFrom ?? []).map(({ configMapRef }) => configMapRef?.name);
  const configMap = theOne(manifests, 'ConfigMap');
  expect(maps).toEqual([configMap.metadata.name]);
  const direct = (container.env ?? []).map(({ name, value }) => [name, value ?? standIn(name)]);
  return { ...configMap.data, ...(Object.fromEntries(direct) as Record<string, string>) };
}

async function configured(manifests: readonly Manifest[], app: string): Promise<unknown> {
  return (await configSchemaOf(app)).parse(environmentOf(manifests));
}
