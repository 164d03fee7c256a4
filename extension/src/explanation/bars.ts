import { type Html, html } from "./html";

const WIDTH = 120;
const HEIGHT = 12;

/**
 * A capability in [0, 1] as a bar, with the requirement as an upright mark across it. Where the bar ends
 * before the mark, the stretch between them is hatched. Meant to be looked at: the same numbers stand
 * beside it as text, so it is hidden from screen readers. (Presentation attributes, because the page's
 * content security policy forbids inline styles.)
 */
export function capabilityBar(capability: number, required: number): Html {
  const [has, needs] = [x(capability), x(required)];
  return svg(html`
    ${rectangle("track", 0, WIDTH)} ${rectangle("has", 0, has)}
    ${needs > has ? rectangle("lacks", has, needs - has) : null}
    <line class="needs" x1="${needs}" x2="${needs}" y1="0" y2="${HEIGHT}" />
  `);
}

/** A score in [0, 1] as a bar. */
export function scoreBar(score: number): Html {
  return svg(html`${rectangle("track", 0, WIDTH)} ${rectangle("score", 0, x(score))}`);
}

/** The pattern of `lacks`, once per page. */
export function hatching(): Html {
  return html`<svg class="definitions" aria-hidden="true" width="0" height="0">
    <defs>
      <pattern id="hatch" width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <line class="hatch" x1="0" x2="0" y1="0" y2="4" />
      </pattern>
    </defs>
  </svg>`;
}

function svg(content: Html): Html {
  return html`<svg
    class="bar"
    aria-hidden="true"
    focusable="false"
    width="${WIDTH}"
    height="${HEIGHT}"
    viewBox="0 0 ${WIDTH} ${HEIGHT}"
  >
    ${content}
  </svg>`;
}

function rectangle(kind: string, from: number, width: number): Html {
  return html`<rect class="${kind}" x="${from}" y="2" width="${width}" height="${HEIGHT - 4}" />`;
}

/** Pixels from the left for a value in [0, 1]; what lies outside, or is no number, is cut to it. */
function x(value: number): number {
  const within = Number.isFinite(value) ? Math.min(Math.max(value, 0), 1) : 0;
  return Math.round(within * WIDTH * 10) / 10;
}
