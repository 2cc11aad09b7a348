// Draws the visible part of a flame graph on a canvas. Colours come from the style sheet; letters are all of one width,
// so that a name is cut without measuring it.
import { type Box, type FlameLayout, ROW_HEIGHT_PX } from './flame-layout';

/** What a box looks like. */
export interface BoxStyle {
  name: string;
  /** Name of a colour in {@link FlameColors}, or a colour. */
  fill: string;
  ink: string;
  /** Pale, since something else is searched for. */
  faded: boolean;
}

/** What is drawn. */
export interface FlameScene {
  layout: FlameLayout;
  styleOf: (box: Box) => BoxStyle;
  /** Node that is pointed at, or that the keyboard is on. */
  marked: number | null;
  scrollTop: number;
  width: number;
  height: number;
}

/** Colours of the page, by their names in the style sheet. */
export type FlameColors = Record<string, string>;

const PADDING_PX = 5;
const GAP_PX = 1;
const FONT_PX = 12;
/** Narrower boxes have no room for a letter. */
const NARROWEST_TEXT_PX = 22;

const COLOR_NAMES = ['user', 'dependency', 'node', 'native', 'note', 'step', 'grown', 'shrunk', 'same'];

/** Reads the colours that the style sheet gives at this moment. */
export function readColors(element: Element): FlameColors {
  const style = getComputedStyle(element);
  const read = (name: string) => style.getPropertyValue(`--flame-${name}`).trim();
  return Object.fromEntries([...COLOR_NAMES, 'ink', 'ring', 'ground'].map((name) => [name, read(name)]));
}

/** Draws a scene; the canvas is given the size that it needs. */
export function drawFlame(canvas: HTMLCanvasElement, scene: FlameScene, colors: FlameColors): void {
  const { layout, styleOf, marked, scrollTop, width, height } = scene;
  const scale = devicePixelRatio || 1;
  const [wanted, tall] = [Math.round(width * scale), Math.round(height * scale)];
  if (canvas.width !== wanted || canvas.height !== tall) {
    canvas.width = wanted;
    canvas.height = tall;
  }
  const context = canvas.getContext('2d');
  if (!context) return;
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  context.font = `${FONT_PX}px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace`;
  context.textBaseline = 'middle';
  const letter = context.measureText('m').width;
  const first = Math.max(0, Math.floor(scrollTop / ROW_HEIGHT_PX));
  const last = Math.min(layout.rows.length - 1, Math.ceil((scrollTop + height) / ROW_HEIGHT_PX));
  for (let row = first; row <= last; row += 1) {
    const top = row * ROW_HEIGHT_PX - scrollTop;
    for (const box of layout.rows[row] ?? []) {
      const style = styleOf(box);
      const room = Math.max(0.5, box.width - GAP_PX);
      context.globalAlpha = style.faded ? 0.28 : 1;
      context.fillStyle = style.fill;
      context.fillRect(box.left, top, room, ROW_HEIGHT_PX - GAP_PX);
      if (room > NARROWEST_TEXT_PX) {
        context.globalAlpha = style.faded ? 0.55 : 1;
        context.fillStyle = style.ink;
        const text = cutTo(style.name, Math.floor((room - 2 * PADDING_PX) / letter));
        context.fillText(text, box.left + PADDING_PX, top + (ROW_HEIGHT_PX - GAP_PX) / 2 + 0.5);
      }
      if (box.node === marked && box.rest === 0) {
        context.globalAlpha = 1;
        context.strokeStyle = colors.ring ?? '';
        context.lineWidth = 2;
        context.strokeRect(box.left + 1, top + 1, Math.max(1, room - 2), ROW_HEIGHT_PX - GAP_PX - 2);
      }
    }
  }
  context.globalAlpha = 1;
}

function cutTo(name: string, letters: number): string {
  if (name.length <= letters) return name;
  return letters < 2 ? '' : `${name.slice(0, letters - 1)}…`;
}

/**
 * Mixes a colour for a change: grey for none, then towards growth or shrinkage.
 * @param change -1 for all gone to 1 for all new
 */
export function changeColor(colors: FlameColors, change: number): string {
  const towards = channelsOf((change > 0 ? colors.grown : colors.shrunk) ?? '');
  const amount = Math.min(1, Math.abs(change));
  const mixed = channelsOf(colors.same ?? '').map((from, index) =>
    Math.round(from + ((towards[index] ?? 0) - from) * amount),
  );
  return `rgb(${mixed.join(' ')})`;
}

/** Red, green and blue of `#d55e00`. */
function channelsOf(color: string): number[] {
  return [1, 3, 5].map((start) => Number.parseInt(color.slice(start, start + 2), 16) || 0);
}
