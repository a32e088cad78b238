//! Path parameters as a serde deserializer.
//!
//! One deserializer is all parameters of a path, or one of them. Numbers and booleans are parsed
//! from the text; if that fails, the target type reports the error in its own words.

use std::borrow::Cow;
use std::fmt;

use serde_core::de::value::{MapDeserializer, SeqDeserializer};
use serde_core::de::{self, Deserializer, IntoDeserializer, Visitor};
use serde_core::forward_to_deserialize_any;

use crate::path_params::PathParams;

/// Why parameters do not become a value.
#[derive(Debug)]
pub(super) enum Unfit {
    /// One of them makes no sense.
    Value(String),
    /// None has the name of this field.
    Missing(&'static str),
    /// They cannot be what is asked for, whatever they say.
    Shape(String),
}

/// All parameters of a path, or the one at an index.
#[derive(Clone, Copy)]
pub(super) struct Parameters<'a> {
    params: PathParams<'a>,
    one: Option<usize>,
}

impl<'a> Parameters<'a> {
    pub(super) fn new(params: PathParams<'a>) -> Self {
        Self { params, one: None }
    }

    /// Which one it is: a value can be the only one.
    fn index(self) -> Result<usize, Unfit> {
        match (self.one, self.params.len()) {
            (Some(index), _) => Ok(index),
            (None, 1) => Ok(0),
            (None, count) => Err(Unfit::Shape(format!("one value of {count} parameters"))),
        }
    }

    fn text(self) -> Result<Cow<'a, str>, Unfit> {
        match self.params.text(self.index()?) {
            Some(Ok(text)) => Ok(text),
            Some(Err(_)) => Err(Unfit::Value("it is not UTF-8".to_owned())),
            None => Err(Unfit::Value("it is missing".to_owned())),
        }
    }

    fn visit_text<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Unfit> {
        match self.text()? {
            Cow::Borrowed(text) => visitor.visit_borrowed_str(text),
            Cow::Owned(text) => visitor.visit_string(text),
        }
    }

    fn each(self) -> Result<impl Iterator<Item = Self>, Unfit> {
        if self.one.is_some() {
            return Err(Unfit::Shape("several values of one parameter".to_owned()));
        }
        Ok((0..self.params.len()).map(move |index| Self { one: Some(index), ..self }))
    }

    fn expect(self, count: usize) -> Result<Self, Unfit> {
        match self.params.len() {
            len if len == count => Ok(self),
            len => Err(Unfit::Shape(format!("{count} values of {len} parameters"))),
        }
    }
}

impl<'de> Deserializer<'de> for Parameters<'de> {
    type Error = Unfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        let text = self.text()?;
        if let Ok(value) = text.parse() {
            visitor.visit_bool(value)
        } else if let Ok(value) = text.parse() {
            visitor.visit_u64(value)
        } else if let Ok(value) = text.parse() {
            visitor.visit_i64(value)
        } else if let Ok(value) = text.parse() {
            visitor.visit_u128(value)
        } else if let Ok(value) = text.parse() {
            visitor.visit_i128(value)
        } else {
            self.visit_text(visitor)
        }
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        match self.text()?.parse() {
            Ok(value) => visitor.visit_f64(value),
            Err(_) => self.visit_text(visitor),
        }
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        self.visit_text(visitor)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        self.visit_text(visitor)
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        self.visit_text(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        match self.params.at(self.index()?) {
            Some(_) => visitor.visit_some(self),
            None => visitor.visit_none(),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Unfit> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unfit> {
        visitor.visit_enum(self.text()?.into_deserializer())
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        SeqDeserializer::new(self.each()?).deserialize_seq(visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, n: usize, visitor: V) -> Result<V::Value, Unfit> {
        self.expect(n)?.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        n: usize,
        visitor: V,
    ) -> Result<V::Value, Unfit> {
        self.expect(n)?.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        if !self.params.is_named() {
            return Err(Unfit::Shape("names of parameters that have none".to_owned()));
        }
        let found = self.params.iter().zip(self.each()?);
        let found = found.filter_map(|((name, bytes), value)| bytes.and(Some((name?, value))));
        MapDeserializer::new(found).deserialize_map(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unfit> {
        self.deserialize_map(visitor)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 bytes byte_buf unit_struct identifier
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        visitor.visit_unit()
    }
}

impl<'de> IntoDeserializer<'de, Unfit> for Parameters<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl de::Error for Unfit {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::Value(message.to_string())
    }

    fn missing_field(field: &'static str) -> Self {
        Self::Missing(field)
    }
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(why) => f.write_str(why),
            Self::Missing(field) => write!(f, "`{field}` is missing"),
            Self::Shape(why) => write!(f, "expected {why}"),
        }
    }
}

impl std::error::Error for Unfit {}
