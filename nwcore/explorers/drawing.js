// Drawing on a canvas: scales, axes, curves, points and heatmaps. Knows colours and boxes, but
// nothing of what the numbers mean. A box is {x, y, width, height} in CSS pixels.

// Viridis (van der Walt and Smith, 2015) at 33 places; colours between are interpolated.
const VIRIDIS =
  "440154470d6048186a482374472d7b4537814240863e49893b528b375b8d33638d2f6b8e2c728e297a8e26828e" +
  "23898e21918c1f988b1fa08822a78528ae8032b67a3fbc734ec36b5ec96270cf5784d44b98d83eaddc30c2df23" +
  "d8e219ece51bfde725";

const SAMPLE = 16; // pixels

/** Colours as the four bytes of a canvas pixel, 256 of them from no weight to the largest. */
const HEAT = heatColours();

function heatColours() {
  const channel = (place, offset) => parseInt(VIRIDIS.substr(6 * place + offset, 2), 16);
  const bytes = new Uint8ClampedArray(4 * 256);
  for (let level = 0; level < 256; level++) {
    const position = (level / 255) * 32;
    const place = Math.min(31, Math.floor(position));
    for (let c = 0; c < 3; c++) {
      const below = channel(place, 2 * c);
      bytes[4 * level + c] = below + (position - place) * (channel(place + 1, 2 * c) - below);
    }
    bytes[4 * level + 3] = 255;
  }
  return new Uint32Array(bytes.buffer);
}

/** A linear scale from a domain to pixels, with its inverse. */
export function linearScale(domain, range) {
  const slope = (range[1] - range[0]) / (domain[1] - domain[0]);
  const scale = (value) => range[0] + (value - domain[0]) * slope;
  scale.invert = (pixel) => domain[0] + (pixel - range[0]) / slope;
  return scale;
}

/** A logarithmic scale from a positive domain to pixels, with its inverse. */
export function logScale(domain, range) {
  const scale = linearScale(domain.map(Math.log), range);
  const wrapped = (value) => scale(Math.log(value));
  wrapped.invert = (pixel) => Math.exp(scale.invert(pixel));
  return wrapped;
}

/** Round numbers inside a domain, some `count` of them. */
export function roundTicks([low, high], count) {
  const raw = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= raw);
  const ticks = [];
  for (let tick = Math.ceil(low / step) * step; tick <= high + step * 1e-9; tick += step) {
    ticks.push(Math.abs(tick) < step * 1e-9 ? 0 : tick);
  }
  return ticks;
}

/** Samples of the legend: a line, and a translucent disc. */
export const sampleLine =
  (pen, colour, dash = []) =>
  (x, y) =>
    pen.line(x, y, x + SAMPLE, y, colour, 2.2, dash);
export const sampleDot = (pen, colour, alpha) => (x, y) =>
  pen.dot(x + SAMPLE / 2, y, 4, colour, { alpha });

/** A pen: a canvas context with the colours and the font of the theme, and a heatmap to fill. */
export function createPen(context, colours, font, heatmap) {
  const pen = { context, colours, font, heatmap };

  pen.text = (text, x, y, options = {}) => {
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
  };

  pen.line = (x0, y0, x1, y1, colour, width = 1, dash = []) => {
    context.strokeStyle = colours[colour];
    context.lineWidth = width;
    context.setLineDash(dash);
    context.beginPath();
    context.moveTo(x0, y0);
    context.lineTo(x1, y1);
    context.stroke();
    context.setLineDash([]);
  };

  /** A curve through (x, y); where y is not finite it has a gap. */
  pen.curve = (xs, ys, xScale, yScale, colour, width = 2.2, dash = []) => {
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
    context.setLineDash([]);
  };

  pen.dot = (x, y, radius, fill, { alpha = 1, stroke = null, width = 1.5 } = {}) => {
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
  };

  /** Many discs of one colour: `radius(i)` at (x(i), y(i)); none where the radius is 0. */
  pen.discs = (count, x, y, radius, fill, alpha) => {
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
  };

  /** Many vertical bars in one stroke, from `bottom` to y(i); none where y(i) is not below it. */
  pen.bars = (count, x, y, bottom, colour, width) => {
    context.strokeStyle = colours[colour];
    context.lineWidth = width;
    context.lineCap = "butt";
    context.beginPath();
    for (let i = 0; i < count; i++) {
      const top = y(i);
      if (!(top < bottom)) continue;
      const at = x(i);
      context.moveTo(at, bottom);
      context.lineTo(at, top);
    }
    context.stroke();
  };

  /** Draw inside a box only. */
  pen.inside = (box, draw) => {
    context.save();
    context.beginPath();
    context.rect(box.x, box.y, box.width, box.height);
    context.clip();
    draw();
    context.restore();
  };

  /** Axes at the left and the bottom of a box. `x` and `y`: {scale, ticks, label, write}. */
  pen.axes = (box, x, y) => {
    const bottom = box.y + box.height;
    pen.line(box.x - 0.5, box.y, box.x - 0.5, bottom, "muted");
    pen.line(box.x, bottom + 0.5, box.x + box.width, bottom + 0.5, "muted");
    for (const tick of x.ticks) {
      const at = x.scale(tick);
      pen.line(at, bottom, at, bottom + 4, "muted");
      pen.text(x.write(tick), at, bottom + 7, { align: "center", baseline: "top" });
    }
    for (const tick of y.ticks) {
      const at = y.scale(tick);
      pen.line(box.x - 4, at, box.x, at, "muted");
      pen.text(y.write(tick), box.x - 7, at, { align: "right", baseline: "middle" });
    }
    if (x.label) {
      const middle = box.x + box.width / 2;
      pen.text(x.label, middle, bottom + 22, { align: "center", baseline: "top" });
    }
    if (y.label) {
      context.save();
      context.translate(box.x - 34, box.y + box.height / 2);
      context.rotate(-Math.PI / 2);
      pen.text(y.label, 0, 0, { align: "center", baseline: "middle" });
      context.restore();
    }
  };

  /** One line of samples and names, moved to the left where it would pass `right`. */
  pen.legend = (x, y, right, entries) => {
    const gap = 22;
    context.font = `12px ${font}`;
    const widths = entries.map(({ name }) => gap + context.measureText(name).width);
    const total = widths.reduce((sum, width) => sum + width) + 12 * (entries.length - 1);
    let at = Math.max(4, Math.min(x, right - total));
    entries.forEach(({ name, sample }, place) => {
      sample(at, y);
      pen.text(name, at + gap, y, { baseline: "middle" });
      at += widths[place] + 12;
    });
  };

  return pen;
}

/** A canvas that nobody sees. */
function createHiddenCanvas() {
  if (typeof OffscreenCanvas === "undefined") return document.createElement("canvas");
  return new OffscreenCanvas(1, 1);
}

/** A heatmap that keeps its pixels between frames: rows are queries, columns are keys. */
export function createHeatmap() {
  const canvas = createHiddenCanvas();
  const context = canvas.getContext("2d");
  let image = null;
  let shown = null;

  return {
    /**
     * Colour a row-major matrix, 0 to `largest`; what is not a number stays clear. It is another
     * matrix when `version` is another object.
     */
    update(version, weights, rows, columns, largest) {
      if (shown === version) return;
      shown = version;
      if (canvas.width !== columns || canvas.height !== rows || !image) {
        canvas.width = columns;
        canvas.height = rows;
        image = context.createImageData(columns, rows);
      }
      const pixels = new Uint32Array(image.data.buffer);
      const levels = largest > 0 ? 255 / largest : 0;
      for (let i = 0; i < pixels.length; i++) {
        const weight = weights[i];
        pixels[i] = weight === weight ? HEAT[(weight * levels + 0.5) | 0] : 0;
      }
      context.putImageData(image, 0, 0);
    },

    draw(target, box) {
      // Cells stay sharp, unless there are more of them than pixels.
      target.imageSmoothingEnabled = canvas.width > 2 * box.width || canvas.height > 2 * box.height;
      target.drawImage(canvas, box.x, box.y, box.width, box.height);
    },
  };
}

/** A strip from no weight to the largest, with both ends named. */
export function drawHeatScale(pen, box, largest, label) {
  const { context } = pen;
  const strip = context.createLinearGradient(box.x, 0, box.x + box.width, 0);
  for (let place = 0; place <= 16; place++) {
    strip.addColorStop(place / 16, `#${VIRIDIS.substr(12 * place, 6)}`);
  }
  context.fillStyle = strip;
  context.fillRect(box.x, box.y, box.width, box.height);
  const below = box.y + box.height + 4;
  pen.text("0", box.x, below, { baseline: "top" });
  pen.text(largest, box.x + box.width, below, { align: "right", baseline: "top" });
  pen.text(label, box.x + box.width / 2, below, { align: "center", baseline: "top" });
}
