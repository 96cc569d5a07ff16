using System.ComponentModel.DataAnnotations;

namespace Weir.App.Client.SignIn;

/// <summary>What the sign-in form holds.</summary>
public sealed class SignInInput
{
    [Required(ErrorMessage = "Who are you?")]
    public string? Name { get; set; }

    [Required(ErrorMessage = "The password is missing.")]
    public string? Password { get; set; }
}
