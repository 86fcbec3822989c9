/** EXI 31: the standard paragraph on Pro Santé Connect, word for word and in French whatever the language of the window. */
export const EXI_31 = {
  title: 'Identification électronique par Pro Santé Connect',
  paragraphs: [
    'Pro Santé Connect est un téléservice mis en œuvre par l’Agence du Numérique en Santé (ANS) contribuant à simplifier l’identification électronique des professionnels intervenant en santé.',
    'L’utilisateur peut se connecter grâce à son application mobile e-CPS ou sa carte CPS, avec un lecteur de cartes et les composants nécessaires.',
  ],
};
