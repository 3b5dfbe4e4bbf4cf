import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ImageResolver } from '../kubelet/runtime/images.ts';
import { knobVariables } from './aisnode/knobs.ts';
import { aistoreImages } from './images.ts';

let folder: string;
let images: ImageResolver;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rw-ais-images-'));
  images = aistoreImages(join(folder, 'programs'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each([
  ['docker.io/aistorage/aisnode:v5.0', ['aisnode'], '5.0'],
  ['localhost:5000/aisnode:v4.9', ['aisnode'], '4.9'],
  ['docker.io/aistorage/ais-init:4.9.1', ['aisinit'], '4.9'],
  ['docker.io/aistorage/authn@sha256:00', ['authn'], '5.0'],
])('%s starts a stand-in of that release', (reference, entrypoint, dialect) => {
  expect(images(reference)).toMatchObject({ entrypoint, env: { [knobVariables.dialect]: dialect } });
});

test('an image of others cannot be had', () => {
  expect(images('docker.io/aistorage/ais-operator:latest')).toBeUndefined();
});

test('the cleanup helper removes what AIStore keeps about its cluster, and no object', () => {
  const image = images('docker.io/aistorage/ais-operator-helper:latest');
  const state = join(folder, 'state/proxy');
  mkdirSync(state, { recursive: true });
  for (const name of ['.ais.smap', '.ais.conf', 'mine']) writeFileSync(join(state, name), '');
  const program = image?.files?.['/cleanup-helper'] ?? '';
  const printed = execFileSync(program, [`-dir=${join(folder, 'state')}`], { encoding: 'utf8' });
  expect(printed).toContain('removed 2 files');
  expect(readdirSync(state)).toEqual(['mine']);
});
