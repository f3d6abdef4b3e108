// A text in the fragment of an address: nothing of it is sent anywhere.

async function through(stream, bytes) {
  const piped = new Blob([bytes]).stream().pipeThrough(stream);
  return new Uint8Array(await new Response(piped).arrayBuffer());
}

export async function packed(text) {
  const bytes = new TextEncoder().encode(text);
  const small = await through(new CompressionStream("deflate-raw"), bytes);
  const characters = Array.from(small, (byte) => String.fromCharCode(byte)).join("");
  return btoa(characters).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

export async function unpacked(fragment) {
  const characters = atob(fragment.replaceAll("-", "+").replaceAll("_", "/"));
  const small = Uint8Array.from(characters, (c) => c.charCodeAt(0));
  return new TextDecoder().decode(await through(new DecompressionStream("deflate-raw"), small));
}
