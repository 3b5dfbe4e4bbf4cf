import { test } from '@jest/globals';
import { formatOptionsMarkdown } from '@rackwright/service';
import { expectReadmePart } from '../../../libs/service/src/testing/readme-part.ts';
import { options } from './options.ts';

const readme = new URL('../README.md', import.meta.url);

test('the README lists the options as they are (UPDATE_GOLDEN=1 writes them)', () => {
  expectReadmePart(readme, 'options', formatOptionsMarkdown(options));
});
