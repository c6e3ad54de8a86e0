using Microsoft.Extensions.Options;

namespace LstmOrleans.Silo.Models;

/// <summary>Where models are. Configuration section <c>Lstm:Models</c>.</summary>
public sealed class ModelStoreOptions
{
    /// <summary>The folder of models.</summary>
    public string Directory { get; set; } = "lstm-data/models";
}

internal sealed class ModelStoreOptionsValidator : IValidateOptions<ModelStoreOptions>
{
    public ValidateOptionsResult Validate(string? name, ModelStoreOptions options) =>
        string.IsNullOrWhiteSpace(options.Directory)
            ? ValidateOptionsResult.Fail("Lstm:Models:Directory is empty; it must name the folder of models, for example lstm-data/models.")
            : File.Exists(options.Directory)
            ? ValidateOptionsResult.Fail($"Lstm:Models:Directory is '{options.Directory}', which is a file; it must name the folder of models.")
            : ValidateOptionsResult.Success;
}
