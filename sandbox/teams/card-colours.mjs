/** Colours of texts and containers as Teams shows cards in its two themes. */
const palettes = {
  light: {
    text: ['#242424', '#616161'],
    accent: ['#5b5fc7', '#5b5fc7'],
    good: ['#237b4b', '#237b4b'],
    warning: ['#835c00', '#835c00'],
    attention: ['#c4314b', '#c4314b'],
    surfaces: {
      emphasis: '#f0f0f0',
      good: '#e7f2da',
      warning: '#fbf6d9',
      attention: '#fcf4f6',
      accent: '#e8ebfa',
    },
  },
  dark: {
    text: ['#ffffff', '#adadad'],
    accent: ['#a6a7dc', '#a6a7dc'],
    good: ['#92c353', '#92c353'],
    warning: ['#f8d22a', '#f8d22a'],
    attention: ['#f9526b', '#f9526b'],
    surfaces: {
      emphasis: '#3d3d3d',
      good: '#1e3005',
      warning: '#463100',
      attention: '#3e1f25',
      accent: '#2f2f4a',
    },
  },
};

/** A host configuration of the renderer for `light` or `dark`. */
export function hostConfig(theme) {
  const palette = palettes[theme];
  const colour = ([plain, subtle]) => ({ default: plain, subtle });
  const foregroundColors = {
    default: colour(palette.text),
    light: colour(palette.text),
    dark: colour(palette.text),
    ...Object.fromEntries(
      ['accent', 'good', 'warning', 'attention'].map((name) => [name, colour(palette[name])]),
    ),
  };
  const containerStyles = Object.fromEntries([
    ['default', { backgroundColor: 'transparent', foregroundColors }],
    ...Object.entries(palette.surfaces).map(([name, backgroundColor]) => [
      name,
      { backgroundColor, foregroundColors },
    ]),
  ]);
  return {
    fontFamily: "'Segoe UI', system-ui, sans-serif",
    fontSizes: { small: 12, default: 14, medium: 16, large: 18, extraLarge: 24 },
    fontWeights: { lighter: 300, default: 400, bolder: 600 },
    spacing: { small: 4, default: 8, medium: 12, large: 16, extraLarge: 24, padding: 12 },
    supportsInteractivity: true,
    actions: { maxActions: 6, spacing: 'default', buttonSpacing: 8, actionAlignment: 'left' },
    containerStyles,
  };
}
