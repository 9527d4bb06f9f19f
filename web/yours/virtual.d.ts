// Modules that the bundler makes (bundling.mjs).
declare module "yours:worker" {
  const source: string;
  export default source;
}

declare module "yours:samples" {
  const texts: { mcycle: string; gapminder: string };
  export default texts;
}

declare module "*.css" {
  const text: string;
  export default text;
}
