//! The arity table: functions of none to eight extractors are handlers.

use super::Handler;
use crate::extract::{Call, FromCall};
use crate::marker;
use crate::reply::{Answer, Reply};
use crate::requirements::Requirements;

impl<F, R> Handler<(marker::Async, R)> for F
where
    F: AsyncFn() -> R + Send + Sync + 'static,
    R: Reply,
{
    async fn call(&self, call: Call) -> Answer {
        drop(call);
        self().await.into_answer()
    }
}

impl<F, R> Handler<(marker::NotAsync, R)> for F
where
    F: Fn() -> R + Send + Sync + 'static,
    R: Reply,
{
    async fn call(&self, call: Call) -> Answer {
        drop(call);
        self().into_answer()
    }
}

macro_rules! handlers {
    ($($type:ident $value:ident)+) => {
        impl<F, R, $($type),+> Handler<(marker::Async, R, $($type),+)> for F
        where
            F: AsyncFn($($type),+) -> R + Send + Sync + 'static,
            R: Reply,
            $($type: FromCall,)+
        {
            async fn call(&self, mut call: Call) -> Answer {
                $(let $value = match $type::from_call(&mut call).await {
                    Ok(value) => value,
                    Err(error) => return error.into_answer(),
                };)+
                drop(call);
                self($($value),+).await.into_answer()
            }

            fn requires(&self, requirements: &mut Requirements) {
                $($type::requires(requirements);)+
            }
        }

        impl<F, R, $($type),+> Handler<(marker::NotAsync, R, $($type),+)> for F
        where
            F: Fn($($type),+) -> R + Send + Sync + 'static,
            R: Reply,
            $($type: FromCall,)+
        {
            async fn call(&self, mut call: Call) -> Answer {
                $(let $value = match $type::from_call(&mut call).await {
                    Ok(value) => value,
                    Err(error) => return error.into_answer(),
                };)+
                drop(call);
                self($($value),+).into_answer()
            }

            fn requires(&self, requirements: &mut Requirements) {
                $($type::requires(requirements);)+
            }
        }
    };
}

handlers!(A a);
handlers!(A a B b);
handlers!(A a B b C c);
handlers!(A a B b C c D d);
handlers!(A a B b C c D d E e);
handlers!(A a B b C c D d E e G g);
handlers!(A a B b C c D d E e G g H h);
handlers!(A a B b C c D d E e G g H h I i);
