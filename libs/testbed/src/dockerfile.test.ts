import { describe, expect, test } from '@jest/globals';
import { finalStage, imageStart } from './dockerfile.ts';

const dockerfile = `
# a comment
ARG BASE=base
FROM scratch AS bundle
ENTRYPOINT ["/not/this"]
copy *.js /app/

FROM base
LABEL a="1" \\
      # a comment in between
      b="2"
ENV NODE_ENV=production MALLOC_ARENA_MAX="1"
ENV EMPTY=
USER 0
USER 65532:65532
ENTRYPOINT ["/usr/bin/node", "--flag=a b", "/app/main.js"]
`;

describe('imageStart', () => {
  test('says what the final stage starts, as whom and with which environment', () => {
    expect(imageStart(dockerfile)).toEqual({
      entrypoint: ['/usr/bin/node', '--flag=a b', '/app/main.js'],
      user: '65532:65532',
      env: { NODE_ENV: 'production', MALLOC_ARENA_MAX: '1', EMPTY: '' },
    });
  });

  test.each(['FROM scratch', 'FROM scratch\nENTRYPOINT node main.js', 'FROM scratch\nENTRYPOINT [1]'])(
    '%j is refused: there is no shell to start it',
    (text) => {
      expect(() => imageStart(text)).toThrow(
        expect.objectContaining({ code: 'InvalidArgument', message: expect.stringContaining('ENTRYPOINT') }),
      );
    },
  );
});

test('the final stage begins with its FROM; continued lines are one instruction', () => {
  expect(finalStage(dockerfile).slice(0, 2)).toEqual([
    { name: 'FROM', value: 'base' },
    { name: 'LABEL', value: 'a="1" b="2"' },
  ]);
});
