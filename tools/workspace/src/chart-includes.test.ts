import { expect, test } from '@jest/globals';
import { undefinedIncludes } from './chart-includes.ts';

test('a template that includes what no file of its chart defines is named', () => {
  const files = new Map([
    ['_names.tpl', '{{- define "app.name" -}}{{- include "app.base" . -}}{{- end -}}'],
    ['_base.tpl', '{{- define "app.base" -}}x{{- end -}}'],
    ['x.yaml', 'name: {{ include "app.name" . }}\nother: {{ . | include "common.name" | quote }}\n'],
  ]);
  expect(undefinedIncludes(files)).toEqual([
    'x.yaml: includes "common.name", which is defined nowhere in the chart',
  ]);
});
