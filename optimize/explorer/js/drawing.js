// How one design is drawn; the bundler puts drawDesign here where the installation has it.
export const drawing = null;
