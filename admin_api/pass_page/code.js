// The rotating code GR1 as docs/credentials.md says it. HMAC-SHA-256 is our own: a page over plain HTTP has no crypto.subtle.
"use strict";
const code = (() => {
  const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  const SLICE_MS = 30000;

  // SHA-256's constants are the fractions of the roots of the first primes (FIPS 180-4); computed, there is none to mistype.
  const primes = [];
  for (let n = 2; primes.length < 64; n += 1) if (primes.every((p) => n % p)) primes.push(n);
  const fraction = (x) => ((x - Math.floor(x)) * 0x100000000) | 0;
  const START = primes.slice(0, 8).map((p) => fraction(Math.sqrt(p)));
  const ROUND = primes.map((p) => fraction(Math.cbrt(p)));

  function sha256(bytes) {
    const length = bytes.length, blocks = (length + 72) >> 6;
    const data = new DataView(new ArrayBuffer(blocks * 64));
    bytes.forEach((byte, at) => data.setUint8(at, byte));
    data.setUint8(length, 0x80);
    data.setUint32(blocks * 64 - 4, length * 8);
    const turn = (x, n) => (x >>> n) | (x << (32 - n));
    const state = START.slice(), w = new Int32Array(64);
    for (let block = 0; block < blocks; block += 1) {
      for (let i = 0; i < 64; i += 1) {
        if (i < 16) { w[i] = data.getInt32(block * 64 + i * 4); continue; }
        const x = w[i - 15], y = w[i - 2];
        w[i] = w[i - 16] + (turn(x, 7) ^ turn(x, 18) ^ (x >>> 3)) + w[i - 7] + (turn(y, 17) ^ turn(y, 19) ^ (y >>> 10));
      }
      let [a, b, c, d, e, f, g, h] = state;
      for (let i = 0; i < 64; i += 1) {
        const one = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + ROUND[i] + w[i]) | 0;
        const two = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
        h = g; g = f; f = e; e = (d + one) | 0; d = c; c = b; b = a; a = (one + two) | 0;
      }
      [a, b, c, d, e, f, g, h].forEach((value, i) => { state[i] = (state[i] + value) | 0; });
    }
    return state.flatMap((x) => [x >>> 24, (x >>> 16) & 255, (x >>> 8) & 255, x & 255]);
  }

  function hmac(key, message) {
    const padded = key.length > 64 ? sha256(key) : key.slice();
    while (padded.length < 64) padded.push(0);
    return sha256([...padded.map((b) => b ^ 0x5c), ...sha256([...padded.map((b) => b ^ 0x36), ...message])]);
  }

  function toBase32(bytes) {
    let text = "", held = 0, bits = 0;
    for (const byte of bytes) {
      held = (held << 8) | byte;
      for (bits += 8; bits >= 5; bits -= 5) text += ALPHABET[(held >> (bits - 5)) & 31];
      held &= 255;
    }
    return bits ? text + ALPHABET[(held << (5 - bits)) & 31] : text;
  }

  function fromBase32(text) {
    const bytes = [];
    let held = 0, bits = 0;
    for (const letter of text) {
      held = (held << 5) | ALPHABET.indexOf(letter);
      bits += 5;
      if (bits >= 8) { bits -= 8; bytes.push((held >> bits) & 255); }
      held &= 255;
    }
    return bytes;
  }

  const ascii = (text) => Array.from(text, (letter) => letter.charCodeAt(0));
  const sliceOf = (ms) => Math.floor(ms / SLICE_MS);

  function make(number, secret, slice) {
    let digits = "";
    for (let shift = 25; shift >= 0; shift -= 5) digits += ALPHABET[(slice >> shift) & 31];
    const said = `GR1-${number}-${digits}`;
    return `${said}-${toBase32(hmac(secret, ascii(said)).slice(0, 10))}`;
  }

  return { ALPHABET, SLICE_MS, sha256, hmac, toBase32, fromBase32, sliceOf, make };
})();
