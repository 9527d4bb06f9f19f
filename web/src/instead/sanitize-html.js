// Not needed: PageManager shows no HTML from a description.
export default function sanitize() {
  throw new Error("HTML is not sanitised here");
}
