/**
 * What draws on a canvas: text, lines, curves, discs, bars and axes in the theme's colours.
 * Knows nothing of what the numbers mean.
 *
 * @typedef {import("../types.js").Box} Box
 * @typedef {import("../types.js").Axis} Axis
 * @typedef {CanvasRenderingContext2D|OffscreenCanvasRenderingContext2D} Context
 */

/** A canvas context with the colours and the font of the theme, and a heatmap to fill. */
export class Pen {
  /**
   * @param {Context} context
   * @param {import("../types.js").Theme} theme
   * @param {import("./heatmap.js").Heatmap} heatmap
   */
  constructor(context, { colours, font }, heatmap) {
    this.context = context;
    this.colours = colours;
    this.font = font;
    this.heatmap = heatmap;
  }

  /**
   * @param {string} text
   * @param {number} x
   * @param {number} y
   * @param {{align?: CanvasTextAlign, baseline?: CanvasTextBaseline, colour?: string,
   *   bold?: boolean, halo?: boolean}} [options]
   */
  text(text, x, y, options = {}) {
    const { context, colours, font } = this;
    const { align = "left", baseline = "alphabetic", colour = "ink", bold, halo } = options;
    context.font = `${bold ? "600 " : ""}12px ${font}`;
    context.textAlign = align;
    context.textBaseline = baseline;
    if (halo) {
      context.strokeStyle = colours.paper;
      context.lineWidth = 4;
      context.lineJoin = "round";
      context.strokeText(text, x, y);
    }
    context.fillStyle = colours[colour];
    context.fillText(text, x, y);
  }

  /**
   * @param {number} x0
   * @param {number} y0
   * @param {number} x1
   * @param {number} y1
   * @param {string} colour
   * @param {number} [width]
   * @param {number[]} [dash]
   */
  line(x0, y0, x1, y1, colour, width = 1, dash = []) {
    const { context, colours } = this;
    context.strokeStyle = colours[colour];
    context.lineWidth = width;
    context.setLineDash(dash);
    context.beginPath();
    context.moveTo(x0, y0);
    context.lineTo(x1, y1);
    context.stroke();
    context.setLineDash([]);
  }

  /**
   * A curve through (x, y); where y is not finite it has a gap.
   *
   * @param {ArrayLike<number>} xs
   * @param {ArrayLike<number>} ys
   * @param {(x: number) => number} xScale
   * @param {(y: number) => number} yScale
   * @param {string} colour
   * @param {number} [width]
   * @param {number[]} [dash]
   */
  curve(xs, ys, xScale, yScale, colour, width = 2.2, dash = []) {
    const { context, colours } = this;
    context.strokeStyle = colours[colour];
    context.lineWidth = width;
    context.lineJoin = "round";
    context.setLineDash(dash);
    context.beginPath();
    let down = false;
    for (let i = 0; i < xs.length; i++) {
      if (!Number.isFinite(ys[i])) {
        down = false;
        continue;
      }
      const x = xScale(xs[i]);
      const y = yScale(ys[i]);
      if (down) context.lineTo(x, y);
      else context.moveTo(x, y);
      // A lone value between two gaps is a dot.
      if (!down && !Number.isFinite(ys[i + 1])) context.lineTo(x + 0.01, y);
      down = true;
    }
    context.lineCap = dash.length ? "butt" : "round";
    context.stroke();
    context.lineCap = "butt"; // or the next picture's ticks and rings would have round ends
    context.setLineDash([]);
  }

  /**
   * @param {number} x
   * @param {number} y
   * @param {number} radius
   * @param {string|null} fill
   * @param {{alpha?: number, stroke?: string|null, width?: number}} [options]
   */
  dot(x, y, radius, fill, { alpha = 1, stroke = null, width = 1.5 } = {}) {
    const { context, colours } = this;
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    if (fill) {
      context.globalAlpha = alpha;
      context.fillStyle = colours[fill];
      context.fill();
      context.globalAlpha = 1;
    }
    if (stroke) {
      context.strokeStyle = colours[stroke];
      context.lineWidth = width;
      context.stroke();
    }
  }

  /**
   * @param {number[]} a
   * @param {number[]} b
   * @param {number[]} c
   * @param {string} fill
   */
  triangle(a, b, c, fill) {
    const { context, colours } = this;
    context.fillStyle = colours[fill];
    context.beginPath();
    context.moveTo(a[0], a[1]);
    context.lineTo(b[0], b[1]);
    context.lineTo(c[0], c[1]);
    context.fill();
  }

  /**
   * The mark of the least value of a curve: it stands on its tip.
   *
   * @param {number} x
   * @param {number} y of the tip
   */
  mark(x, y) {
    this.triangle([x - 6, y - 9], [x + 6, y - 9], [x, y], "accent");
  }

  /**
   * Many discs of one colour: `radius(i)` at (x(i), y(i)); none where the radius is 0.
   *
   * @param {number} count
   * @param {(i: number) => number} x
   * @param {(i: number) => number} y
   * @param {(i: number) => number} radius
   * @param {string} fill
   * @param {number} alpha
   */
  discs(count, x, y, radius, fill, alpha) {
    const { context, colours } = this;
    context.globalAlpha = alpha;
    context.fillStyle = colours[fill];
    for (let i = 0; i < count; i++) {
      const r = radius(i);
      if (!(r > 0)) continue;
      // One by one, so that discs over each other are darker; faster than copies of a picture, too.
      context.beginPath();
      context.arc(x(i), y(i), r, 0, 2 * Math.PI);
      context.fill();
    }
    context.globalAlpha = 1;
  }

  /**
   * Many vertical bars in one stroke, from `bottom` up or down to y(i); none where that is no way.
   *
   * @param {number} count
   * @param {(i: number) => number} x
   * @param {(i: number) => number} y
   * @param {number} bottom
   * @param {string} colour
   * @param {number} width
   */
  bars(count, x, y, bottom, colour, width) {
    const { context, colours } = this;
    context.strokeStyle = colours[colour];
    context.lineWidth = width;
    context.lineCap = "butt";
    context.beginPath();
    for (let i = 0; i < count; i++) {
      const top = y(i);
      if (!(Math.abs(top - bottom) > 0)) continue;
      const at = x(i);
      context.moveTo(at, bottom);
      context.lineTo(at, top);
    }
    context.stroke();
  }

  /**
   * Draw inside a box only.
   *
   * @param {Box} box
   * @param {() => void} draw
   */
  inside(box, draw) {
    const { context } = this;
    context.save();
    context.beginPath();
    context.rect(box.x, box.y, box.width, box.height);
    context.clip();
    draw();
    context.restore();
  }

  /**
   * Axes at the left and the bottom of a box.
   *
   * @param {Box} box
   * @param {Axis} x
   * @param {Axis} y
   */
  axes(box, x, y) {
    const { context } = this;
    const bottom = box.y + box.height;
    this.line(box.x - 0.5, box.y, box.x - 0.5, bottom, "muted");
    this.line(box.x, bottom + 0.5, box.x + box.width, bottom + 0.5, "muted");
    for (const tick of x.ticks) {
      const at = x.scale(tick);
      this.line(at, bottom, at, bottom + 4, "muted");
      this.text(x.write(tick), at, bottom + 7, { align: "center", baseline: "top" });
    }
    for (const tick of y.ticks) {
      const at = y.scale(tick);
      this.line(box.x - 4, at, box.x, at, "muted");
      this.text(y.write(tick), box.x - 7, at, { align: "right", baseline: "middle" });
    }
    if (x.label) {
      const middle = box.x + box.width / 2;
      this.text(x.label, middle, bottom + 22, { align: "center", baseline: "top" });
    }
    if (y.label) {
      context.save();
      context.translate(box.x - 34, box.y + box.height / 2);
      context.rotate(-Math.PI / 2);
      this.text(y.label, 0, 0, { align: "center", baseline: "middle" });
      context.restore();
    }
  }
}
