//! The macro behind the table of options.

/// Makes of the rows: the struct, its default, and the list.
macro_rules! options {
    ($($(#[doc = $about:literal])* $scope:ident $name:ident: $type:ty = $default:expr, $kind:expr;)*) => {
        /// The options of a server: limits, clocks and habits, the same names in every front.
        ///
        /// ```
        /// use tremolo_config::Config;
        ///
        /// let config = Config { client_max_body_size: 64 << 20, ..Config::default() };
        /// assert!(config.validate().is_ok());
        /// ```
        #[derive(Clone, Debug, PartialEq)]
        pub struct Config {
            $($(#[doc = $about])* pub $name: $type,)*
        }

        impl Default for Config {
            fn default() -> Self {
                Self { $($name: $default,)* }
            }
        }

        /// All options, in the order of their documentation.
        pub static OPTIONS: &[ConfigOption<Config>] = &[$(ConfigOption {
            name: stringify!($name),
            kind: $kind,
            scope: Scope::$scope,
            about: concat!($($about, "\n",)*),
            get: |config| config.$name.to_value(),
            set: |config, value| {
                config.$name = OptionType::from_value(value)?;
                Ok(())
            },
        }),*];
    };
}

pub(crate) use options;
