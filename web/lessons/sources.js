// What the lessons cite, as printed; nothing is fetched.

export const SOURCES = {
  bengio2003: "Bengio, Ducharme, Vincent & Jauvin (2003): A Neural Probabilistic Language Model. JMLR 3",
  capacity: "Goodfellow, Bengio & Courville (2016): Deep Learning, §5.2. MIT Press",
  tradeOff: "Goodfellow, Bengio & Courville (2016): Deep Learning, §5.4. MIT Press",
  penalties: "Goodfellow, Bengio & Courville (2016): Deep Learning, §7.1. MIT Press",
  stopping: "Goodfellow, Bengio & Courville (2016): Deep Learning, §7.8. MIT Press",
  hoerl1970: "Hoerl & Kennard (1970): Ridge Regression: Biased Estimation for Nonorthogonal Problems. Technometrics 12(1)",
  geman1992: "Geman, Bienenstock & Doursat (1992): Neural Networks and the Bias/Variance Dilemma. Neural Computation 4(1)",
  prechelt1998: "Prechelt (1998): Early Stopping – But When? In: Neural Networks: Tricks of the Trade. Springer",
  mikolov2013: "Mikolov, Yih & Zweig (2013): Linguistic Regularities in Continuous Space Word Representations. NAACL-HLT",
  linzen2016: "Linzen (2016): Issues in Evaluating Semantic Spaces Using Word Analogies. RepEval",
  reimers2019: "Reimers & Gurevych (2019): Sentence-BERT: Sentence Embeddings using Siamese BERT-Networks. EMNLP",
  reimers2020: "Reimers & Gurevych (2020): Making Monolingual Sentence Embeddings Multilingual using Knowledge Distillation. EMNLP",
  pearson1901: "Pearson (1901): On Lines and Planes of Closest Fit to Systems of Points in Space. Philosophical Magazine 2(11)",
  maaten2008: "van der Maaten & Hinton (2008): Visualizing Data using t-SNE. JMLR 9",
  wattenberg2016: "Wattenberg, Viégas & Johnson (2016): How to Use t-SNE Effectively. Distill",
  yin2019: "Yin, Hay & Roth (2019): Benchmarking Zero-shot Text Classification: Datasets, Evaluation and Entailment Approach. EMNLP",
  radford2021: "Radford et al. (2021): Learning Transferable Visual Models From Natural Language Supervision, §3.1.4. ICML",
  ettinger2020: "Ettinger (2020): What BERT Is Not: Lessons from a New Suite of Psycholinguistic Diagnostics for Language Models. TACL 8",
  joshi2017: "Joshi, Bhattacharyya & Carman (2017): Automatic Sarcasm Detection: A Survey. ACM Computing Surveys 50(5)",
};
