import { describe, expect, it } from 'vitest';
import { escapeHtml, escapeJson } from '../../../../lib/report/html/render-report';

describe('what is put into a page', () => {
  it('cannot end its script element', () => {
    const value = { name: '</script><!--<script>', lines: 'a\u2028b\u2029c' };
    const json = escapeJson(JSON.stringify(value));
    expect(json).not.toMatch(/[<\u2028\u2029]/);
    expect(JSON.parse(json)).toEqual(value);
  });

  it('cannot start an element or end an attribute', () => {
    expect(escapeHtml(`<a href="x" title='y'>&amp;</a>`)).toBe(
      '&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;amp;&lt;/a&gt;',
    );
  });
});
