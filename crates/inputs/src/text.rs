//! Texts to token ids, as the checkpoint's own `tokenizer.json` says.

use serde::Serialize;
use tokenizers::normalizers::{Lowercase, Sequence};
use tokenizers::{
    Encoding, NormalizerWrapper, PaddingDirection, PostProcessor, PostProcessorWrapper, Tokenizer, TruncationDirection,
};

use crate::boundary::Boundaries;
use crate::json::{Head, check_depth};
use crate::{InputError, TokenView, view};

/// Largest `tokenizer.json` that is read, in bytes; XLM-RoBERTa's has 17 MB.
pub const MAX_TOKENIZER_BYTES: usize = 32 << 20;
/// Deepest nesting of `tokenizer.json` that is read; real ones stay below 10.
pub const MAX_TOKENIZER_DEPTH: usize = 48;
/// Largest text that is read, in bytes of UTF-8.
pub const MAX_TEXT_BYTES: usize = 8 << 20;

/// Bytes that are looked at first for each token that fits; the mean of real texts is 3 to 6.
const BYTES_PER_TOKEN: usize = 64;
/// Tokens between the last kept one and a cut in the text, so that the cut cannot show.
const CUT_MARGIN: usize = 64;
/// Bytes that are tokenized at a time where tokens are only counted.
const COUNT_CHUNK: usize = 64 << 10;

/// What the model can take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Rows of the word embedding; every id must be below it.
    pub vocabulary: usize,
    /// Tokens in a row, special ones included.
    pub max_tokens: usize,
}

/// Token ids of several texts, padded to the longest; each matrix is `[rows, cols]`, row-major.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Batch {
    /// Token ids, the pad id where a text has ended.
    pub ids: Vec<u32>,
    /// 1 for a token, 0 for padding.
    pub mask: Vec<u32>,
    /// Segment ids, 0 for single texts but where a template says otherwise.
    pub type_ids: Vec<u32>,
    /// Number of texts.
    pub rows: usize,
    /// Tokens of the longest text after truncation, special ones included.
    pub cols: usize,
    /// Tokens of each text before truncation, special ones included. See [`Batch::estimated`].
    pub totals: Vec<usize>,
    /// Whether each text was truncated.
    pub truncated: Vec<bool>,
    /// Whether each total is scaled up from the start of a text far longer than the limit
    /// instead of counted; [`TextTokenizer::count`] counts.
    pub estimated: Vec<bool>,
}

impl Batch {
    /// Every row at `length` tokens: filled up with `pad_id` at its end, which also takes the place of the fillers that
    /// are there. Diffusion models read rows of one length, whatever the text. Longer rows stay as they are.
    ///
    /// # Shapes
    /// each matrix: `[rows, cols]` to `[rows, max(cols, length)]`
    #[must_use]
    pub fn padded_to(mut self, length: usize, pad_id: u32) -> Self {
        let (from, to) = (self.cols, self.cols.max(length));
        for (id, &mask) in self.ids.iter_mut().zip(&self.mask) {
            if mask == 0 {
                *id = pad_id;
            }
        }
        let widen = |values: &[u32], filler: u32| -> Vec<u32> {
            let fillers = || std::iter::repeat_n(filler, to - from);
            let row = |row: usize| values[row * from..(row + 1) * from].iter().copied();
            (0..self.rows).flat_map(|at| row(at).chain(fillers())).collect()
        };
        (self.ids, self.mask, self.type_ids) =
            (widen(&self.ids, pad_id), widen(&self.mask, 0), widen(&self.type_ids, 0));
        self.cols = to;
        self
    }
}

/// One text, encoded and truncated.
pub(crate) struct Row {
    pub encoding: Encoding,
    pub total: usize,
    pub estimated: bool,
}

/// The tokenizer of one checkpoint, with the limits of its model.
#[derive(Debug)]
pub struct TextTokenizer {
    /// Without post-processor, truncation and padding: those are applied here.
    tokenizer: Tokenizer,
    processor: Option<PostProcessorWrapper>,
    boundaries: Boundaries,
    limits: Limits,
    special: usize,
    direction: TruncationDirection,
    pad_left: bool,
    pad_id: u32,
    pad_type_id: u32,
    unknown: Option<u32>,
}

impl TextTokenizer {
    /// Reads `tokenizer.json`. Truncation and padding lengths stored in it are ignored, their sides are kept,
    /// as the reference's `tokenizer(texts, padding=True, truncation=True, max_length=max_tokens)` does.
    ///
    /// # Errors
    /// [`InputError::TokenizerSize`], [`InputError::TokenizerDepth`] and [`InputError::TokenizerMalformed`] for the
    /// file; [`InputError::TokenId`] where an id has no row in the model; [`InputError::TokenLimit`] where the special
    /// tokens alone fill a row.
    pub fn from_bytes(bytes: &[u8], limits: Limits) -> Result<Self, InputError> {
        if bytes.len() > MAX_TOKENIZER_BYTES {
            return Err(InputError::TokenizerSize { bytes: bytes.len(), limit: MAX_TOKENIZER_BYTES });
        }
        check_depth(bytes, MAX_TOKENIZER_DEPTH)?;
        let head = Head::parse(bytes)?;
        let mut tokenizer = Tokenizer::from_bytes(bytes)
            .map_err(|error| InputError::TokenizerMalformed { reason: error.to_string() })?;
        check_ids(&tokenizer, limits.vocabulary)?;

        let padding = tokenizer.get_padding().cloned();
        tokenizer
            .with_truncation(None)
            .map_err(|error| InputError::TokenizerMalformed { reason: error.to_string() })?;
        tokenizer.with_padding(None);
        let processor = tokenizer.get_post_processor().cloned();
        tokenizer.with_post_processor(None::<PostProcessorWrapper>);

        let named_pad = || ["[PAD]", "<pad>", "<|pad|>"].iter().find_map(|piece| tokenizer.token_to_id(piece));
        let pad_id = padding.as_ref().map_or_else(|| named_pad().unwrap_or(0), |padding| padding.pad_id);
        let unknown = head.unknown_piece().and_then(|piece| tokenizer.token_to_id(piece)).or(head.unknown_id());
        let special = processor.as_ref().map_or(0, |processor| processor.added_tokens(false));
        if limits.max_tokens <= special {
            return Err(InputError::TokenLimit { max_tokens: limits.max_tokens, special });
        }
        let this = Self {
            boundaries: Boundaries::of(&head),
            direction: if head.truncates_left() { TruncationDirection::Left } else { TruncationDirection::Right },
            pad_left: padding.as_ref().is_some_and(|padding| matches!(padding.direction, PaddingDirection::Left)),
            pad_type_id: padding.as_ref().map_or(0, |padding| padding.pad_type_id),
            tokenizer,
            processor,
            limits,
            special,
            pad_id,
            unknown,
        };
        // The template of special tokens writes its ids itself: an empty text shows them.
        this.check_row(this.row("")?.encoding.get_ids())?;
        this.check_row(&[pad_id])?;
        Ok(this)
    }

    /// The same, with every text lower-cased first, whatever the file says: sentence-transformers' `do_lower_case`.
    #[must_use]
    pub fn lower_cased(mut self) -> Self {
        let rest = self.tokenizer.get_normalizer().cloned();
        let steps = std::iter::once(NormalizerWrapper::from(Lowercase)).chain(rest).collect();
        self.tokenizer.with_normalizer(Some(Sequence::new(steps)));
        self
    }

    /// The limits given at the start.
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// Entries of the vocabulary, added tokens included.
    pub fn vocabulary(&self) -> usize {
        self.tokenizer.get_vocab_size(true)
    }

    /// The id that fills short rows.
    pub fn pad_id(&self) -> u32 {
        self.pad_id
    }

    /// The id of a piece, where the vocabulary has it.
    pub fn id_of(&self, piece: &str) -> Option<u32> {
        self.tokenizer.token_to_id(piece)
    }

    /// The id of the unknown token, where there is one.
    pub fn unknown_id(&self) -> Option<u32> {
        self.unknown
    }

    /// Ids, mask and segment ids of `texts`, `[rows, cols]`, truncated to the limit and padded to the longest.
    ///
    /// # Errors
    /// [`InputError::TextSize`] and [`InputError::Encode`].
    pub fn encode(&self, texts: &[&str]) -> Result<Batch, InputError> {
        let rows = texts.iter().map(|text| self.row(text)).collect::<Result<Vec<_>, _>>()?;
        let cols = rows.iter().map(|row| row.encoding.len()).max().unwrap_or(0);
        let mut batch = Batch { rows: rows.len(), cols, ..Batch::default() };
        for row in &rows {
            self.check_row(row.encoding.get_ids())?;
            let pad = cols - row.encoding.len();
            self.append(&mut batch.ids, row.encoding.get_ids(), self.pad_id, pad);
            self.append(&mut batch.mask, &vec![1; row.encoding.len()], 0, pad);
            self.append(&mut batch.type_ids, row.encoding.get_type_ids(), self.pad_type_id, pad);
            batch.totals.push(row.total);
            batch.truncated.push(row.total > row.encoding.len());
            batch.estimated.push(row.estimated);
        }
        Ok(batch)
    }

    /// Tokens of the whole text, special ones included.
    ///
    /// Counted in pieces cut where words end: exact but for added tokens that contain spaces. Takes time in
    /// proportion to the text, memory for one piece.
    ///
    /// # Errors
    /// [`InputError::TextSize`] and [`InputError::Encode`].
    pub fn count(&self, text: &str) -> Result<usize, InputError> {
        check_text(text)?;
        let mut total = self.special;
        for chunk in self.boundaries.chunks(text, COUNT_CHUNK) {
            total += self.raw_fast(chunk)?.len();
        }
        Ok(total)
    }

    /// The tokens of a text over its graphemes; see [`TokenView`].
    ///
    /// # Errors
    /// [`InputError::TextSize`] and [`InputError::Encode`].
    pub fn view(&self, text: &str) -> Result<TokenView, InputError> {
        let mut row = self.row(text)?;
        if row.estimated {
            row.total = self.count(text)?.max(row.encoding.len() + 1);
        }
        Ok(view::lay_out(text, &row, self.unknown))
    }

    /// One text: prefix, truncation, special tokens.
    pub(crate) fn row(&self, text: &str) -> Result<Row, InputError> {
        check_text(text)?;
        let room = self.limits.max_tokens - self.special;
        let (mut encoding, read) = self.start(text, room)?;
        let estimated = read < text.len();
        let total = if estimated {
            (encoding.len() as f64 * text.len() as f64 / read as f64) as usize + self.special
        } else {
            encoding.len() + self.special
        };
        encoding.truncate(room, 0, self.direction);
        drop(encoding.take_overflowing());
        if let Some(processor) = &self.processor {
            encoding = processor.process(encoding, None, true).map_err(encode_error)?;
        }
        Ok(Row { encoding, total, estimated })
    }

    /// The tokens of the text, or of so much of its start that more of it cannot change the first `room`;
    /// with the number of bytes read.
    fn start(&self, text: &str, room: usize) -> Result<(Encoding, usize), InputError> {
        // Where the front is dropped, the whole text decides.
        let from_front = matches!(self.direction, TruncationDirection::Right);
        let mut goal = room.saturating_mul(BYTES_PER_TOKEN);
        while let Some(cut) = self.boundaries.next(text, goal).filter(|_| from_front) {
            let encoding = self.raw(&text[..cut])?;
            if encoding.len() >= room + CUT_MARGIN {
                return Ok((encoding, cut));
            }
            goal = cut.saturating_mul(4);
        }
        Ok((self.raw(text)?, text.len()))
    }

    /// Tokens without special ones, offsets in characters.
    fn raw(&self, text: &str) -> Result<Encoding, InputError> {
        self.tokenizer.encode_char_offsets(text, false).map_err(encode_error)
    }

    /// Tokens without special ones and without offsets.
    fn raw_fast(&self, text: &str) -> Result<Encoding, InputError> {
        self.tokenizer.encode_fast(text, false).map_err(encode_error)
    }

    fn append(&self, to: &mut Vec<u32>, values: &[u32], filler: u32, pad: usize) {
        let filler = std::iter::repeat_n(filler, pad);
        if self.pad_left {
            to.extend(filler);
            to.extend_from_slice(values);
        } else {
            to.extend_from_slice(values);
            to.extend(filler);
        }
    }

    fn check_row(&self, ids: &[u32]) -> Result<(), InputError> {
        let vocabulary = self.limits.vocabulary;
        match ids.iter().find(|&&id| id as usize >= vocabulary) {
            None => Ok(()),
            Some(&id) => {
                let piece = self.tokenizer.id_to_token(id).unwrap_or_default();
                Err(InputError::TokenId { id, piece, vocabulary })
            }
        }
    }
}

/// Every id of the file has a row in the model; the smallest that has none is named.
fn check_ids(tokenizer: &Tokenizer, vocabulary: usize) -> Result<(), InputError> {
    let outside = tokenizer.get_vocab(true).into_iter().filter(|(_, id)| *id as usize >= vocabulary);
    match outside.min_by_key(|(_, id)| *id) {
        None => Ok(()),
        Some((piece, id)) => Err(InputError::TokenId { id, piece, vocabulary }),
    }
}

fn check_text(text: &str) -> Result<(), InputError> {
    if text.len() > MAX_TEXT_BYTES {
        return Err(InputError::TextSize { bytes: text.len(), limit: MAX_TEXT_BYTES });
    }
    Ok(())
}

fn encode_error(error: tokenizers::Error) -> InputError {
    InputError::Encode { reason: error.to_string() }
}
