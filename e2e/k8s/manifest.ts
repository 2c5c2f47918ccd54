import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { parseAllDocuments } from 'yaml';

export const ROOT = resolve(__dirname, '../..');

/** One object of Kubernetes as kustomize renders it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
}

export interface EnvVariable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly secretKeyRef?: { readonly name: string; readonly key: string } };
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly env?: readonly EnvVariable[];
  readonly envFrom?: readonly { readonly configMapRef?: { readonly name: string } }[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly resources?: { readonly requests?: object; readonly limits?: object };
  readonly securityContext?: object;
  readonly livenessProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly startupProbe?: Probe;
  readonly lifecycle?: { readonly preStop?: { readonly sleep?: { readonly seconds: number } } };
}

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}

interface Selector {
  readonly matchLabels: Readonly<Record<string, string>>;
}

/** What runs an app's pods. */
export interface Workload extends Manifest {
  readonly spec: {
    readonly replicas: number;
    readonly selector: Selector;
    readonly template: {
      readonly metadata: { readonly labels: Readonly<Record<string, string>> };
      readonly spec: {
        readonly automountServiceAccountToken: boolean;
        readonly enableServiceLinks: boolean;
        readonly serviceAccountName: string;
        readonly securityContext: object;
        readonly terminationGracePeriodSeconds: number;
        readonly initContainers?: readonly Container[];
        readonly containers: readonly Container[];
      };
    };
  };
}

export interface StatefulSet extends Workload {
  readonly spec: Workload['spec'] & {
    readonly serviceName: string;
    readonly podManagementPolicy: string;
    readonly minReadySeconds: number;
  };
}

export interface Service extends Manifest {
  readonly spec: {
    readonly clusterIP?: string;
    readonly publishNotReadyAddresses?: boolean;
    readonly selector: Readonly<Record<string, string>>;
    readonly ports: readonly { readonly name: string; readonly port: number; readonly targetPort: string }[];
  };
}

export interface PodDisruptionBudget extends Manifest {
  readonly spec: { readonly maxUnavailable: number; readonly selector: Selector };
}

export interface NetworkPolicy extends Manifest {
  readonly spec: {
    readonly podSelector: Partial<Selector>;
    readonly policyTypes: readonly string[];
    readonly ingress?: readonly { readonly from?: readonly object[]; readonly ports: readonly object[] }[];
    readonly egress?: readonly { readonly to?: readonly object[]; readonly ports: readonly object[] }[];
  };
}

export interface ConfigMap extends Manifest {
  readonly data: Readonly<Record<string, string>>;
}

interface Kinds {
  readonly ConfigMap: ConfigMap;
  readonly Deployment: Workload;
  readonly NetworkPolicy: NetworkPolicy;
  readonly PodDisruptionBudget: PodDisruptionBudget;
  readonly Service: Service;
  readonly ServiceAccount: Manifest;
  readonly StatefulSet: StatefulSet;
}

/** The manifests of one kind. */
export function ofKind<K extends keyof Kinds>(manifests: readonly Manifest[], kind: K): Kinds[K][] {
  return manifests.filter((manifest) => manifest.kind === kind) as Kinds[K][];
}

/** The one manifest of a kind. Throws when there is none, or more than one. */
export function theOne<K extends keyof Kinds>(manifests: readonly Manifest[], kind: K): Kinds[K] {
  return only(ofKind(manifests, kind), kind);
}

/** Whatever runs pods: Deployments and StatefulSets. */
export function workloads(manifests: readonly Manifest[]): Workload[] {
  return [...ofKind(manifests, 'Deployment'), ...ofKind(manifests, 'StatefulSet')];
}

/** The one workload. Throws when there is none, or more than one. */
export function theWorkload(manifests: readonly Manifest[]): Workload {
  return only(workloads(manifests), 'workload');
}

function only<T>(all: readonly T[], what: string): T {
  const [one] = all;
  if (one === undefined || all.length > 1) throw new Error(`${all.length} of ${what}, not 1`);
  return one;
}

const rendered = new Map<string, Manifest[]>();

/** What `kubectl kustomize` makes of a folder below k8s/, rendered once. Throws with its words when it cannot. */
export function render(folder: string): Manifest[] {
  const known = rendered.get(folder) ?? kustomize(folder);
  rendered.set(folder, known);
  return known;
}

function kustomize(folder: string): Manifest[] {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['tools/run/kubectl.mjs', 'kustomize', `k8s/${folder}`],
    { cwd: ROOT, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
  );
  if (status !== 0) throw new Error(`kustomize k8s/${folder}: ${stderr}`);
  return parseAllDocuments(stdout, { strict: true, uniqueKeys: true }).map((document) => document.toJS() as Manifest);
}
