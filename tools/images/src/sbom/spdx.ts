import { z } from 'zod';
import { hexOf } from '../digest.ts';
import type { Image } from '../oci/image.ts';
import { parseDocument } from '../oci/schemas.ts';
import type { Component } from './component.ts';

/** A package as SPDX 2.3 describes it, as far as it is written here. */
const packageSchema = z.looseObject({ SPDXID: z.string(), name: z.string() });
export type SpdxPackage = z.infer<typeof packageSchema>;

const documentSchema = z.object({ documentDescribes: z.array(z.string()), packages: z.array(packageSchema) });

/** What a component looks like in a document. */
export function spdxPackage(component: Component): SpdxPackage {
  const { name, version, purl, sha256, comment, cpe } = component;
  return {
    SPDXID: spdxId(purl),
    name,
    versionInfo: version,
    downloadLocation: 'NOASSERTION',
    filesAnalyzed: false,
    licenseConcluded: 'NOASSERTION',
    licenseDeclared: expression(component.licence),
    copyrightText: 'NOASSERTION',
    ...(sha256 === undefined ? {} : { checksums: [{ algorithm: 'SHA256', checksumValue: sha256 }] }),
    ...(comment === undefined ? {} : { comment }),
    externalRefs: [
      { referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: purl },
      ...(cpe === undefined
        ? []
        : [{ referenceCategory: 'SECURITY', referenceType: 'cpe23Type', referenceLocator: cpe }]),
    ],
  };
}

/** The SPDX 2.3 document of an image that contains `packages`. */
export function spdxDocument(image: Image, digest: string, packages: readonly SpdxPackage[]): string {
  const { name, tag } = nameAndTag(image.reference);
  const purl = `pkg:oci/${name}@${encodeURIComponent(digest)}?tag=${tag}`;
  const root = {
    ...spdxPackage({
      ...{ name: image.reference, version: tag, purl, sha256: hexOf(digest) },
      licence: image.settings.labels['org.opencontainers.image.licenses'] ?? 'NOASSERTION',
    }),
    SPDXID: spdxId(name),
    primaryPackagePurpose: 'CONTAINER',
  };
  const document = {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name: image.reference,
    documentNamespace: `https://github.com/rackwright/rackwright/sbom/${name}/${hexOf(digest)}`,
    creationInfo: {
      created: image.created.toISOString().replace(/\.\d+Z$/, 'Z'),
      creators: ['Organization: Rackwright', 'Tool: rackwright-images'],
    },
    documentDescribes: [root.SPDXID],
    packages: [root, ...packages],
    relationships: [
      relationship('SPDXRef-DOCUMENT', 'DESCRIBES', root.SPDXID),
      ...packages.map(({ SPDXID }) => relationship(root.SPDXID, 'CONTAINS', SPDXID)),
    ],
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

/** The packages an image contains, out of its document. */
export function containedPackages(text: string, what: string): SpdxPackage[] {
  const { documentDescribes, packages } = parseDocument(documentSchema, text, what);
  return packages.filter(({ SPDXID }) => !documentDescribes.includes(SPDXID));
}

function relationship(from: string, relationshipType: string, to: string): Record<string, string> {
  return { spdxElementId: from, relationshipType, relatedSpdxElement: to };
}

function nameAndTag(reference: string): { name: string; tag: string } {
  const last = reference.slice(reference.lastIndexOf('/') + 1);
  const [name = '', tag = 'latest'] = last.split(':');
  return { name, tag };
}

/** SPDX allows letters, digits, dots and hyphens. */
function spdxId(text: string): string {
  return `SPDXRef-${text.replace(/[^A-Za-z0-9.]+/g, '-')}`;
}

/** Words such as "SEE LICENSE IN …" are no SPDX expression. */
function expression(licence: string): string {
  const isExpression = /^\(?[A-Za-z0-9.+-]+\)?( (AND|OR|WITH) \(?[A-Za-z0-9.+-]+\)?)*$/.test(licence);
  return isExpression && licence !== 'UNLICENSED' ? licence : 'NOASSERTION';
}
