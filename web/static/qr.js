// Draws a QR code where there is no network: bytes, level L, versions 1 to 5 (at most 106 bytes), mask 0. ISO/IEC 18004.
"use strict";
(() => {
  const SIZES = [[19, 7], [34, 10], [55, 15], [80, 20], [108, 26]]; // data and correction codewords of each version
  const FORMAT = 0x77c4; // level L, mask 0, with its own correction
  const EXP = [], LOG = [];
  for (let i = 0, x = 1; i < 255; i += 1) {
    EXP[i] = x;
    LOG[x] = i;
    x = (x << 1) ^ (x & 0x80 ? 0x11d : 0);
  }
  const times = (a, b) => (a && b ? EXP[(LOG[a] + LOG[b]) % 255] : 0);
  const correction = (data, n) => {
    let made = [1]; // the generator, highest power first
    for (let i = 0; i < n; i += 1) {
      const next = [...made, 0];
      made.forEach((one, place) => { next[place + 1] ^= times(one, EXP[i]); });
      made = next;
    }
    const rest = [...data, ...new Array(n).fill(0)];
    data.forEach((_one, i) => {
      const lead = rest[i];
      made.forEach((one, place) => { rest[i + place] ^= times(one, lead); });
    });
    return rest.slice(data.length);
  };
  const codewords = (text) => {
    const bytes = [...new TextEncoder().encode(text)];
    const version = SIZES.findIndex(([data]) => bytes.length <= data - 2) + 1;
    if (!version) return null;
    const [size, extra] = SIZES[version - 1];
    const bits = [0, 1, 0, 0];
    [bytes.length, ...bytes].forEach((one) => { for (let i = 7; i >= 0; i -= 1) bits.push((one >> i) & 1); });
    while (bits.length % 8) bits.push(0);
    const data = [];
    for (let i = 0; i < bits.length; i += 8) data.push(parseInt(bits.slice(i, i + 8).join(""), 2));
    for (let pad = 0xec; data.length < size; pad ^= 0xec ^ 0x11) data.push(pad);
    return { version, all: [...data, ...correction(data, extra)] };
  };

  // Rows of true (dark) and false, or null for what is too long.
  window.qrOf = (text) => {
    const made = codewords(text);
    if (!made) return null;
    const size = 17 + 4 * made.version;
    const dark = Array.from({ length: size }, () => new Array(size).fill(null));
    const set = (row, column, on) => {
      if (row >= 0 && column >= 0 && row < size && column < size) dark[row][column] = Boolean(on);
    };
    [[0, 0], [0, size - 7], [size - 7, 0]].forEach(([top, left]) => {
      for (let r = -1; r < 8; r += 1) {
        for (let c = -1; c < 8; c += 1) {
          const ring = Math.max(Math.abs(r - 3), Math.abs(c - 3));
          set(top + r, left + c, ring !== 2 && ring < 4);
        }
      }
    });
    if (made.version > 1) {
      for (let r = -2; r < 3; r += 1) {
        for (let c = -2; c < 3; c += 1) set(size - 7 + r, size - 7 + c, Math.max(Math.abs(r), Math.abs(c)) !== 1);
      }
    }
    for (let i = 8; i < size - 8; i += 1) {
      set(6, i, i % 2 === 0);
      set(i, 6, i % 2 === 0);
    }
    const format = (i) => (FORMAT >> i) & 1;
    for (let i = 0; i < 6; i += 1) set(i, 8, format(i));
    set(7, 8, format(6));
    set(8, 8, format(7));
    set(8, 7, format(8));
    for (let i = 9; i < 15; i += 1) set(8, 14 - i, format(i));
    for (let i = 0; i < 8; i += 1) set(8, size - 1 - i, format(i));
    for (let i = 8; i < 15; i += 1) set(size - 15 + i, 8, format(i));
    set(size - 8, 8, true);
    let bit = 0;
    for (let right = size - 1, up = true; right > 0; right -= 2, up = !up) {
      if (right === 6) right = 5;
      for (let step = 0; step < size; step += 1) {
        const row = up ? size - 1 - step : step;
        for (const column of [right, right - 1]) {
          if (dark[row][column] !== null) continue;
          const on = (made.all[bit >> 3] >> (7 - (bit & 7))) & 1;
          dark[row][column] = Boolean(on) !== ((row + column) % 2 === 0);
          bit += 1;
        }
      }
    }
    return dark;
  };
})();
